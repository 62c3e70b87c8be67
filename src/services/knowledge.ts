import type { AccountId } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import { deleteDocument, listDocuments, putDocument, searchPassages } from '../storage/knowledge.ts'
import type { KnowledgeDocument, Passage } from '../storage/knowledge.ts'
import type { Store } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'

/** Passages are about as long as a paragraph: short enough to be quoted to a model, long enough to make sense alone. */
const passageLength = 700

/** The documents from which the bot may answer. */
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

  /** Stores a document; one of the same title is replaced. Returns its id. */
  put(accountId: AccountId, document: { title: string; body: string }): Promise<number> {
    const passages = passagesOf(document.body)
    return this.store.write((trx) => putDocument(trx, accountId, { ...document, passages }, this.clock.now()))
  }

  /** @throws AppError not_found */
  async remove(accountId: AccountId, id: number): Promise<void> {
    const found = await this.store.write((trx) => deleteDocument(trx, accountId, id))
    if (!found) throw new AppError('not_found', 'No such document')
  }

  /** The passages that fit a question best. */
  search(accountId: AccountId, question: string, limit = 4): Promise<Passage[]> {
    return searchPassages(this.store.read, accountId, searchWords(question), limit)
  }
}

/** The words of a question that can be searched for, without those that are too short to tell anything. */
export function searchWords(question: string): string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return [...new Set(words.filter((word) => word.length > 2))].slice(0, 12)
}

/** A text in pieces at its paragraphs; paragraphs that are too long are cut at words. */
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
