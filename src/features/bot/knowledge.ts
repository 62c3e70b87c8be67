import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import {
  deleteDocument,
  findDocument,
  folderDocuments,
  listDocuments,
  putDocument,
  searchPassages,
} from './queries/knowledge.ts'
import type { KnowledgeDocument, Passage } from './queries/knowledge.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'

/** Passages are about as long as a paragraph: short enough to quote to a model, long enough to make sense alone. */
const passageLength = 700

/** Manages the documents that the bot may answer from. */
export class Knowledge {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  list(accountId: AccountId): Promise<KnowledgeDocument[]> {
    return listDocuments(this.store.read, accountId)
  }

  /**
   * Stores a document, replacing one with the same title. @returns its id
   * @throws AppError conflict if the folder has a document with that title
   */
  put(accountId: AccountId, document: { title: string; body: string }): Promise<number> {
    const { title, body } = document
    const passages = passagesOf(body)
    return this.store.write(async (trx) => {
      const known = await findDocument(trx, accountId, { title })
      if (known?.fingerprint != null) throw new AppError('conflict', ofTheFolder(title))
      const at = this.clock.now()
      const id = await putDocument(trx, accountId, { title, body, passages }, at)
      await noteAudit(trx, { action: 'knowledge.stored', accountId, subject: `document ${id}` }, at)
      return id
    })
  }

  /** @throws AppError not_found; conflict if it comes from the folder */
  async remove(accountId: AccountId, id: number): Promise<void> {
    await this.store.write(async (trx) => {
      const known = await findDocument(trx, accountId, { id })
      if (!known) throw new AppError('not_found', 'No such document')
      if (known.fingerprint !== null) throw new AppError('conflict', ofTheFolder('This document'))
      await deleteDocument(trx, accountId, id)
      const audited = { action: 'knowledge.deleted', accountId, subject: `document ${id}` } as const
      await noteAudit(trx, audited, this.clock.now())
    })
  }

  /** Returns the titles of the folder's documents with their files' fingerprints. */
  folderDocuments(accountId: AccountId): Promise<Map<string, string>> {
    return folderDocuments(this.store.read, accountId)
  }

  /** Stores a document of the folder; false if the API gave one with that title, which stays. */
  putFromFolder(
    accountId: AccountId,
    document: { title: string; body: string; fingerprint: string },
  ): Promise<boolean> {
    const passages = passagesOf(document.body)
    return this.store.write(async (trx) => {
      const known = await findDocument(trx, accountId, document)
      if (known?.fingerprint === null) return false
      await putDocument(trx, accountId, { ...document, passages }, this.clock.now())
      return true
    })
  }

  /** Deletes a document whose file is gone. */
  async dropFromFolder(accountId: AccountId, title: string): Promise<void> {
    await this.store.write(async (trx) => {
      const known = await findDocument(trx, accountId, { title })
      if (known?.fingerprint != null) await deleteDocument(trx, accountId, known.id)
    })
  }

  /** Finds the passages that fit a question best. */
  search(accountId: AccountId, question: string, limit = 4): Promise<Passage[]> {
    return searchPassages(this.store.read, accountId, searchWords(question), limit)
  }
}

function ofTheFolder(what: string): string {
  return `${what} comes from the folder of bot.knowledgeDir: change its file.`
}

/** Returns the searchable words of a question, without those too short to matter. */
export function searchWords(question: string): string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return [...new Set(words.filter((word) => word.length > 2))].slice(0, 12)
}

/** Splits a text at its paragraphs; long paragraphs are split between words. */
export function passagesOf(body: string): string[] {
  const passages: string[] = []
  let current = ''
  for (const paragraph of body.split(/\n\s*\n/).flatMap((text) => cut(text.trim()))) {
    if (paragraph === '') continue
    if (current !== '' && current.length + paragraph.length > passageLength) {
      passages.push(current)
      current = ''
    }
    current = current === '' ? paragraph : `${current}\n${paragraph}`
  }
  return current === '' ? passages : [...passages, current]
}

function cut(paragraph: string): string[] {
  const pieces: string[] = []
  let rest = paragraph
  while (rest.length > passageLength) {
    const space = rest.lastIndexOf(' ', passageLength)
    const at = space > passageLength / 2 ? space : passageLength
    pieces.push(rest.slice(0, at).trim())
    rest = rest.slice(at)
  }
  return [...pieces, rest.trim()]
}
