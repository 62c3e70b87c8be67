import type { MediaId } from '../../core/ids.ts'
import type { MediaSource } from '../../core/content.ts'
import { documentName, nameInAddress, wordForUnnamed } from './document-name.ts'
import { fits, isVoiceNote, kindOf, mediaReasons, takesWords } from './media.ts'
import type { MediaKind, MediaReason, MediaTask, UploadTask } from './media.ts'
import { contentsInUse, forgetLeaving, leavings, noteLeaving } from './queries/media-cleanup.ts'
import type { Draft, MediaFiles } from './queries/media-files.ts'
import {
  dropUpload,
  heldMessages,
  postponeUpload,
  releaseWithUpload,
  settleKind,
  storeUpload,
  wantUpload,
} from './queries/media-uploads.ts'
import { isPending, markFailed, markReady, messagesWithMedia, scheduleMedia } from './queries/media.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import { backoffMs } from '../../util/backoff.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import type { Languages } from '../messages/languages.ts'
import { examine } from './media-content.ts'
import type { MediaLibrary } from './media-library.ts'
import type { MediaQuotas } from './media-quotas.ts'
import type { SeenFile } from './media-preview.ts'
import { changeStatus } from '../messages/statuses.ts'

const retryPolicy = { firstMs: 2000, maxMs: 10 * 60_000 }

/** Returns the kind to send a file as: one that shows its messages' words, which can no longer be refused. */
function kindWithWords(kind: MediaKind, held: readonly { text: string }[]): MediaKind {
  return takesWords(kind) || held.every(({ text }) => text === '') ? kind : 'document'
}

/** Records the outcome of transfers, for the files and the messages that wait for them. */
export class MediaRecorder {
  private readonly store: Store
  private readonly files: MediaFiles
  private readonly library: MediaLibrary
  private readonly quotas: MediaQuotas
  private readonly clock: Clock
  private readonly outboxChanged: Notifier
  private readonly mediaSettled: Notifier
  private readonly languages: Pick<Languages, 'ofBusiness'>

  constructor(parts: {
    languages: Pick<Languages, 'ofBusiness'>
    store: Store
    files: MediaFiles
    library: MediaLibrary
    quotas: MediaQuotas
    clock: Clock
    outboxChanged: Notifier
    mediaSettled: Notifier
  }) {
    this.store = parts.store
    this.files = parts.files
    this.library = parts.library
    this.quotas = parts.quotas
    this.clock = parts.clock
    this.outboxChanged = parts.outboxChanged
    this.mediaSettled = parts.mediaSettled
    this.languages = parts.languages
  }

  /**
   * Stores a complete file: first its place, then its row, then the messages that wait. `named`: the name from the
   * server.
   */
  async arrived(task: MediaTask, draft: Draft, named = ''): Promise<void> {
    try {
      const content = await examine(draft)
      const found = task.kind ?? kindOf(content.mimeType)
      // Received files are kept as they are; files to send must be what phones take them for.
      if (task.url !== null && !fits(found, content.mimeType)) return await this.failed(task, 'wrong_type')
      const name = task.url === null ? task.fileName : task.fileName || named || nameInAddress(task.url)
      const word = name === '' ? await wordForUnnamed(this.languages, this.store.read, task.accountId) : name
      const nameAs = (kind: MediaKind) => (kind === 'document' ? documentName(word, content.mimeType) : name)
      await this.library.contents.run(content.sha256, async () => {
        await this.files.keep(draft)
        await this.store.write(async (trx) => {
          const isWanted = await markReady(trx, task.id, {
            ...content,
            kind: found,
            fileName: task.url === null ? name : nameAs(found),
          })
          if (!isWanted) return noteLeaving(trx, content.sha256)
          await this.quotas.count(trx, task, content.size)
          const held = await heldMessages(trx, task.id)
          const kind = kindWithWords(found, held)
          const voice = kind === 'audio' && isVoiceNote(content.mimeType)
          for (const { messageId } of held) {
            await settleKind(trx, messageId, { ...content, kind, voice, fileName: nameAs(kind) })
          }
          const { id: mediaId, accountId } = task
          const upload = { mediaId, accountId, kind, dueAt: this.clock.now() }
          if (held.length > 0) await wantUpload(trx, upload)
          await this.report(trx, task, 'ready')
        })
      })
    } finally {
      await this.files.discard(draft.path)
    }
    this.mediaSettled.notify()
  }

  /** Records a failed fetch: retried later, or final. Messages to be sent with it fail too. */
  async failed(task: MediaTask, reason: MediaReason): Promise<void> {
    const attempts = task.attempts + 1
    const at = this.clock.now()
    await this.store.write(async (trx) => {
      if (!(await isPending(trx, task.id))) return
      if (attempts < mediaReasons[reason].tries) {
        const dueAt = new Date(at.getTime() + backoffMs(retryPolicy, attempts, Math.random()))
        return scheduleMedia(trx, task.id, { dueAt, attempts, reason })
      }
      await markFailed(trx, task.id, reason)
      const change = {
        status: 'failed',
        reason: 'media_failed',
        detail: mediaReasons[reason].say,
        at,
      } as const
      for (const { waId } of await heldMessages(trx, task.id)) {
        await changeStatus(trx, task.accountId, waId, change)
      }
      await this.report(trx, task, 'failed')
    })
    this.outboxChanged.notify()
    this.mediaSettled.notify()
  }

  /** Records an upload: its messages may go, and every try repeats the same. */
  async handedOver({ media, kind }: UploadTask, source: MediaSource | null, seen: SeenFile): Promise<void> {
    const at = this.clock.now()
    const { preview, thumbnail } = seen
    await this.store.write(async (trx) => {
      if (source === null) await dropUpload(trx, { mediaId: media.id, kind })
      else await storeUpload(trx, { mediaId: media.id, kind, source, preview, thumbnail, at })
      for (const { messageId } of await this.waiting(trx, media.id, kind)) {
        await releaseWithUpload(trx, messageId, { upload: source, preview, size: media.size ?? 0, at })
      }
    })
    this.outboxChanged.notify()
  }

  /** Records a failed upload: retried later, as long as a message waits for it. */
  async notHandedOver({ media, kind, attempts }: UploadTask): Promise<void> {
    const pauseMs = backoffMs(retryPolicy, attempts + 1, Math.random())
    const dueAt = new Date(this.clock.now().getTime() + pauseMs)
    const upload = { mediaId: media.id, kind }
    await this.store.write(async (trx) => {
      const waiting = await this.waiting(trx, media.id, kind)
      if (waiting.length === 0) await dropUpload(trx, upload)
      else await postponeUpload(trx, upload, { dueAt, attempts: attempts + 1 })
    })
  }

  /** Removes contents without a row. */
  async removeLeavings(): Promise<void> {
    for (const sha256 of await leavings(this.store.read)) {
      await this.library.contents.run(sha256, async () => {
        const used = await contentsInUse(this.store.read, [sha256])
        if (!used.has(sha256)) await this.files.remove(sha256)
        await this.store.write((trx) => forgetLeaving(trx, sha256))
      })
    }
  }

  private async waiting(trx: Trx, mediaId: MediaId, kind: MediaKind) {
    return (await heldMessages(trx, mediaId)).filter((message) => message.kind === kind)
  }

  /** Reports the change of a file to readers of its message. */
  private async report(trx: Trx, task: MediaTask, status: 'ready' | 'failed'): Promise<void> {
    if (task.source === null) return
    const { accountId, id: mediaId } = task
    for (const { messageId, chatId } of await messagesWithMedia(trx, mediaId)) {
      const data = { messageId, chatId, mediaId, status }
      await appendEvent(trx, { name: 'media.updated', accountId, chatId, data }, this.clock.now())
    }
  }
}
