import type { MediaId } from '../../core/ids.ts'
import type { MediaSource } from '../../core/content.ts'
import { documentName, nameInAddress, wordForUnnamed } from './document-name.ts'
import type { BusinessLanguage } from './document-name.ts'
import { fits, isVoiceNote, kindOf, mediaReasons, allowsCaption } from './media.ts'
import type { MediaKind, MediaReason, MediaTask, UploadTask } from './media.ts'
import { contentsInUse, removeOrphan, orphanedContents, addOrphan } from './queries/media-cleanup.ts'
import type { TemporaryFile, MediaFiles } from './files/media-files.ts'
import { dropUpload, postponeUpload, storeUpload, wantUpload } from './queries/media-uploads.ts'
import type { FileWaiters } from './file-waiters.ts'
import { isPending, markFailed, markReady, messagesWithMedia, scheduleMedia } from './queries/media.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import { backoffMs } from '../../util/backoff.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { examine } from './media-content.ts'
import type { MediaLibrary } from './media-library.ts'
import type { MediaQuotas } from './media-quotas.ts'
import type { SeenFile } from './media-preview.ts'

const retryPolicy = { firstMs: 2000, maxMs: 10 * 60_000 }

/** Returns the kind to send a file as: one that shows its messages' words, which can no longer be refused. */
function kindWithWords(kind: MediaKind, held: readonly { text: string }[]): MediaKind {
  return allowsCaption(kind) || held.every(({ text }) => text === '') ? kind : 'document'
}

/** Holds the dependencies of the recorder. */
export interface MediaRecorderParts {
  store: Store
  files: MediaFiles
  library: MediaLibrary
  quotas: MediaQuotas
  clock: Clock
  /** The name of documents that come without one. */
  languages: BusinessLanguage
  waiters: FileWaiters
  /** Notified when a message was released to be sent. */
  outboxChanged: Notifier
  mediaSettled: Notifier
}

/** Records the outcome of transfers, for the files and the messages that wait for them. */
export class MediaRecorder {
  private readonly parts: MediaRecorderParts

  constructor(parts: MediaRecorderParts) {
    this.parts = parts
  }

  /**
   * Stores a complete file: first its place, then its row, then the messages that wait. `named`: the name from the
   * server.
   */
  async arrived(task: MediaTask, file: TemporaryFile, named = ''): Promise<void> {
    try {
      const content = await examine(file)
      const found = task.kind ?? kindOf(content.mimeType)
      // Received files are kept as they are; files to send must be what phones take them for.
      if (task.url !== null && !fits(found, content.mimeType)) return await this.failed(task, 'wrong_type')
      const name = task.url === null ? task.fileName : task.fileName || named || nameInAddress(task.url)
      const { languages, store } = this.parts
      const word = name === '' ? await wordForUnnamed(languages, store.read, task.accountId) : name
      const nameAs = (kind: MediaKind) => (kind === 'document' ? documentName(word, content.mimeType) : name)
      await this.parts.library.contents.run(content.sha256, async () => {
        await this.parts.files.keep(file)
        await this.parts.store.write(async (trx) => {
          const isWanted = await markReady(trx, task.id, {
            ...content,
            kind: found,
            fileName: task.url === null ? name : nameAs(found),
          })
          if (!isWanted) return addOrphan(trx, content.sha256)
          await this.parts.quotas.count(trx, task, content.size)
          const held = await this.parts.waiters.list(trx, task.id)
          const kind = kindWithWords(found, held)
          const voice = kind === 'audio' && isVoiceNote(content.mimeType)
          for (const { messageId } of held) {
            await this.parts.waiters.settle(trx, messageId, {
              ...content,
              kind,
              voice,
              fileName: nameAs(kind),
            })
          }
          const { id: mediaId, accountId } = task
          const upload = { mediaId, accountId, kind, dueAt: this.parts.clock.now() }
          if (held.length > 0) await wantUpload(trx, upload)
          await this.report(trx, task, 'ready')
        })
      })
    } finally {
      await this.parts.files.discard(file.path)
    }
    this.parts.mediaSettled.notify()
  }

  /** Records a failed fetch: retried later, or final. Messages to be sent with it fail too. */
  async failed(task: MediaTask, reason: MediaReason): Promise<void> {
    const attempts = task.attempts + 1
    const at = this.parts.clock.now()
    await this.parts.store.write(async (trx) => {
      if (!(await isPending(trx, task.id))) return
      if (attempts < mediaReasons[reason].tries) {
        const dueAt = new Date(at.getTime() + backoffMs(retryPolicy, attempts, Math.random()))
        return scheduleMedia(trx, task.id, { dueAt, attempts, reason })
      }
      await markFailed(trx, task.id, reason)
      const { waiters } = this.parts
      const why = { detail: mediaReasons[reason].say, at }
      for (const { waId } of await waiters.list(trx, task.id)) {
        await waiters.fail(trx, task.accountId, waId, why)
      }
      await this.report(trx, task, 'failed')
    })
    this.parts.outboxChanged.notify()
    this.parts.mediaSettled.notify()
  }

  /** Records an upload: its messages may go, and every try repeats the same. */
  async handedOver({ media, kind }: UploadTask, source: MediaSource | null, seen: SeenFile): Promise<void> {
    const at = this.parts.clock.now()
    const { preview, thumbnail } = seen
    await this.parts.store.write(async (trx) => {
      if (source === null) await dropUpload(trx, { mediaId: media.id, kind })
      else await storeUpload(trx, { mediaId: media.id, kind, source, preview, thumbnail, at })
      for (const { messageId } of await this.waiting(trx, media.id, kind)) {
        await this.parts.waiters.release(trx, messageId, {
          upload: source,
          preview,
          size: media.size ?? 0,
          at,
        })
      }
    })
    this.parts.outboxChanged.notify()
  }

  /** Records a failed upload: retried later, as long as a message waits for it. */
  async notHandedOver({ media, kind, attempts }: UploadTask): Promise<void> {
    const pauseMs = backoffMs(retryPolicy, attempts + 1, Math.random())
    const dueAt = new Date(this.parts.clock.now().getTime() + pauseMs)
    const upload = { mediaId: media.id, kind }
    await this.parts.store.write(async (trx) => {
      const waiting = await this.waiting(trx, media.id, kind)
      if (waiting.length === 0) await dropUpload(trx, upload)
      else await postponeUpload(trx, upload, { dueAt, attempts: attempts + 1 })
    })
  }

  /** Removes contents without a row. */
  async deleteOrphans(): Promise<void> {
    for (const sha256 of await orphanedContents(this.parts.store.read)) {
      await this.parts.library.contents.run(sha256, async () => {
        const used = await contentsInUse(this.parts.store.read, [sha256])
        if (!used.has(sha256)) await this.parts.files.remove(sha256)
        await this.parts.store.write((trx) => removeOrphan(trx, sha256))
      })
    }
  }

  private async waiting(trx: Trx, mediaId: MediaId, kind: MediaKind) {
    return (await this.parts.waiters.list(trx, mediaId)).filter((message) => message.kind === kind)
  }

  /** Reports the change of a file to readers of its message. */
  private async report(trx: Trx, task: MediaTask, status: 'ready' | 'failed'): Promise<void> {
    if (task.source === null) return
    const { accountId, id: mediaId } = task
    for (const { messageId, chatId } of await messagesWithMedia(trx, mediaId)) {
      const data = { messageId, chatId, mediaId, status }
      await appendEvent(trx, { name: 'media.updated', accountId, chatId, data }, this.parts.clock.now())
    }
  }
}
