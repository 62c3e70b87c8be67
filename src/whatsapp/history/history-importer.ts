import { createHash } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import type { WASocket } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { HistoryChunk, HistoryQueue, HistorySummary } from '../../core/messages/history.ts'
import { MediaError } from '../../features/media/media.ts'
import type { TemporaryFiles, FileTransfer, Inbound } from '../../core/ports.ts'
import { backoffMs } from '../../util/backoff.ts'
import type { Logger } from '../../util/logger.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import { importHistory } from './history.ts'
import type { HistoryTarget } from './history.ts'

const retryPolicy = { firstMs: 5000, maxMs: 60 * 60_000 }
/** About a day of tries: WhatsApp keeps the files longer, but a file that fails for so long never arrives. */
const maxAttempts = 30
const maxSleepMs = 60_000
const dayMs = 24 * 60 * 60_000

/** Holds the dependencies of the importer. */
export interface HistoryImporterParts {
  accountId: AccountId
  queue: HistoryQueue
  inbound: Pick<Inbound, 'messages' | 'names' | 'mappings'>
  log: Logger
  /** Returns WhatsApp's time; undefined before the first login. Without it, this machine's clock is used. */
  time?: () => Date | undefined
  /** Returns the current connection; undefined while none is open. */
  connection: () => { sock: WASocket; files: Pick<FileTransfer, 'fetch'> } | undefined
  /** Keeps a history file while it is read. */
  temporaryFiles: TemporaryFiles
  /** Days that a whole history goes back; null: as far as the phone's. */
  days: number | null
  /** Called when a further part is stored, or cannot be fetched. */
  changed: (summary: HistorySummary) => void
  retry?: typeof retryPolicy
}

/**
 * Imports the phone's history in the background. Each chunk is kept until it is stored, across restarts; one that
 * cannot be fetched is retried later and blocks no other.
 */
export class HistoryImporter {
  private readonly parts: HistoryImporterParts
  private readonly loop: WorkLoop

  constructor(parts: HistoryImporterParts) {
    this.parts = parts
    this.loop = new WorkLoop({
      name: 'whatsapp: history',
      turn: (signal) => this.importNext(signal),
      sleepMs: () => this.sleepMs(),
      failed: (error) =>
        parts.log.error(
          { account: parts.accountId, err: error },
          'the import of the history failed; it is tried again',
        ),
    })
  }

  start(signal: AbortSignal): void {
    this.loop.start(signal)
  }

  /** Tells the importer that there is a socket or a chunk. */
  wake(): void {
    this.loop.wake()
  }

  /** Stores a chunk for import; a repeated notification is the same chunk. */
  async add(notification: proto.Message.IHistorySyncNotification, receivedAt: Date): Promise<void> {
    const bytes = proto.Message.HistorySyncNotification.encode(notification).finish()
    const hash = createHash('sha256').update(bytes).digest('hex')
    await this.parts.queue.add({ hash, notification: bytes, receivedAt })
    this.loop.wake()
  }

  /** Resolves when the importer has ended; abort its signal first. */
  async stop(): Promise<void> {
    await this.loop.ended()
  }

  private async importNext(signal: AbortSignal): Promise<boolean> {
    const { queue, connection, log, accountId, changed } = this.parts
    const open = connection()
    const chunk = open && (await queue.next(new Date()))
    if (!open || !chunk) return false
    try {
      const notification = proto.Message.HistorySyncNotification.decode(chunk.notification)
      const source = { files: open.files, temporaryFiles: this.parts.temporaryFiles, signal }
      const done = await importHistory(open.sock, { ...this.target(chunk), source }, notification)
      await queue.done(chunk.id, done)
      log.info({ account: accountId, messages: done.messages, progress: done.progress }, 'history imported')
    } catch (error) {
      // Nothing is wrong with it: it is read again after the start.
      if (signal.aborted) return false
      await this.failed(chunk, error)
    }
    changed(await queue.summary())
    return true
  }

  private target({ receivedAt: seenAt }: HistoryChunk): Omit<HistoryTarget, 'source'> {
    const { accountId, inbound, days } = this.parts
    const since = days === null ? null : new Date(seenAt.getTime() - days * dayMs)
    return { accountId, inbound, seenAt, since, now: this.parts.time?.() ?? new Date() }
  }

  private async failed(chunk: HistoryChunk, error: unknown): Promise<void> {
    const { queue, log, accountId, retry = retryPolicy } = this.parts
    // A full disk says nothing about the chunk: it is retried until there is space.
    const isNoRoom = error instanceof MediaError && error.reason === 'no_room'
    const attempts = chunk.attempts + (isNoRoom ? 0 : 1)
    const why = error instanceof Error ? error.message : String(error)
    if (attempts >= maxAttempts) {
      log.error({ account: accountId, chunk: chunk.id, err: error }, 'a part of the history is given up')
      return queue.giveUp(chunk.id, why)
    }
    log.warn(
      { account: accountId, chunk: chunk.id, attempts, err: error },
      'a part of the history cannot be fetched yet',
    )
    const dueAt = new Date(Date.now() + backoffMs(retry, Math.max(attempts, 1), Math.random()))
    await queue.postpone(chunk.id, { attempts, dueAt, why })
  }

  private async sleepMs(): Promise<number> {
    const next = this.parts.connection() && (await this.parts.queue.nextTime())
    return next ? Math.min(Math.max(next.getTime() - Date.now(), 0), maxSleepMs) : maxSleepMs
  }
}
