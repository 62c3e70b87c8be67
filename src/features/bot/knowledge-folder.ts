import { readFile, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { AccountId } from '../../core/ids.ts'
import { SetupError } from '../../core/errors.ts'
import type { Logger } from '../../util/logger.ts'
import type { Knowledge } from './knowledge.ts'

/** A folder with more is not meant for a bot; the rest is left out with a warning. */
const maxFiles = 500
const maxDepth = 5
/** The maximum size of a file in bytes, about the API's limit. */
const maxFileBytes = 400_000
const maxTitleLength = 200

interface FolderDocument {
  /** The path within the folder, which is the document's title. */
  title: string
  path: string
  /** Changes with the file. */
  fingerprint: string
}

/**
 * Loads a folder of text and markdown files, identified by their paths. Polls their size and time, since file system
 * notifications do not work on mounted and shared folders.
 */
export class KnowledgeFolder {
  private readonly dir: string | null
  private readonly knowledge: Pick<Knowledge, 'folderDocuments' | 'putFromFolder' | 'dropFromFolder'>
  private readonly accounts: { list(): Promise<{ id: AccountId }[]> }
  private readonly log: Logger
  /** Warnings that were given already. */
  private readonly said = new Set<string>()

  constructor(parts: {
    /** Null: there is no folder, and nothing of an earlier one stays. */
    dir: string | null
    knowledge: KnowledgeFolder['knowledge']
    accounts: KnowledgeFolder['accounts']
    log: Logger
  }) {
    this.dir = parts.dir === null ? null : resolve(parts.dir)
    this.knowledge = parts.knowledge
    this.accounts = parts.accounts
    this.log = parts.log
  }

  /** Reads the folder for the first time. @throws SetupError if it does not exist */
  async open(): Promise<void> {
    const isThere = this.dir === null || (await stat(this.dir).catch(() => undefined))?.isDirectory()
    if (!isThere) throw new SetupError(`bot.knowledgeDir: the folder ${this.dir} does not exist`)
    await this.sync()
  }

  /** Makes the documents of every account match the folder. An unreadable folder changes nothing. */
  async sync(): Promise<void> {
    const files = await this.files().catch((error: unknown) => {
      this.complain('folder', { err: error }, 'the folder of documents cannot be read; they stay as they are')
      return undefined
    })
    if (!files) return
    for (const { id } of await this.accounts.list()) await this.syncAccount(id, files)
  }

  private async syncAccount(accountId: AccountId, files: readonly FolderDocument[]): Promise<void> {
    const known = await this.knowledge.folderDocuments(accountId)
    const titles = new Set(files.map(({ title }) => title))
    for (const { title, fingerprint, path } of files) {
      if (known.get(title) === fingerprint) continue
      const body = await readFile(path, 'utf8').catch(() => undefined)
      // Deleted or locked right now: the next run tells.
      if (body === undefined) continue
      const document = { title, body: body.replaceAll('\0', ''), fingerprint }
      if (await this.knowledge.putFromFolder(accountId, document)) {
        this.log.info({ account: accountId, document: title }, 'a document was read from the folder')
      } else this.complain(title, { document: title }, 'a document of that title was given by API and stays')
    }
    for (const title of known.keys()) {
      if (titles.has(title)) continue
      await this.knowledge.dropFromFolder(accountId, title)
      this.log.info({ account: accountId, document: title }, 'a document was removed with its file')
    }
  }

  private async files(): Promise<FolderDocument[]> {
    const found: FolderDocument[] = []
    if (this.dir !== null) await this.collect(this.dir, '', found)
    if (found.length > maxFiles) {
      this.complain('count', { most: maxFiles }, 'the folder has too many documents; the rest is left out')
    }
    return found.slice(0, maxFiles)
  }

  private async collect(dir: string, prefix: string, found: FolderDocument[]): Promise<void> {
    const entries = await readdir(dir, { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || found.length > maxFiles) continue
      const path = join(dir, entry.name)
      const title = `${prefix}${entry.name}`
      if (entry.isDirectory()) {
        if (prefix.split('/').length <= maxDepth) await this.collect(path, `${title}/`, found)
      } else if (/\.(?:md|markdown|txt)$/i.test(entry.name)) {
        const file = await this.look(path, title)
        if (file) found.push(file)
      }
    }
  }

  private async look(path: string, title: string): Promise<FolderDocument | undefined> {
    const about = await stat(path).catch(() => undefined)
    if (!about?.isFile() || about.size === 0) return undefined
    if (about.size > maxFileBytes || title.length > maxTitleLength) {
      this.complain(path, { document: title.slice(0, maxTitleLength) }, 'a document is too long and left out')
      return undefined
    }
    return { title, path, fingerprint: `${about.size}-${about.mtimeMs}` }
  }

  private complain(key: string, about: object, sentence: string): void {
    if (this.said.has(key) || this.said.size > maxFiles) return
    this.said.add(key)
    this.log.warn(about, sentence)
  }
}
