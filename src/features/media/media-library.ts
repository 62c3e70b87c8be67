import type { AccountId, KeyId, MediaId, MessageId } from '../../core/ids.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import type { MediaFile } from './media-reader.ts'
import { MediaError, mediaReasons } from './media.ts'
import type { Media } from './media.ts'
import { deleteMedia, isMediaPlanned } from './queries/media-cleanup.ts'
import type { TemporaryFile, MediaFiles } from './files/media-files.ts'
import {
  findMedia,
  findThumbnail,
  findUploaded,
  insertMedia,
  mediaOfMessage,
  scheduleMedia,
} from './queries/media.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { cleanFileName } from './file-name.ts'
import { KeyedLock } from '../../util/keyed-lock.ts'
import { Slots } from '../../util/slots.ts'
import { withMinimumPace } from '../../net/minimum-pace.ts'
import { examine } from './media-content.ts'
import type { MediaOwner, MediaQuotas } from './media-quotas.ts'

/** Time that a request waits for a file that is being fetched. */
const maxWaitMs = 20_000
/** Concurrent uploads. */
const maxUploads = { ofKey: 4, ofAccount: 8 }
/** Milliseconds until a caller with too many uploads may try again. */
const placeMs = 5000

/** Holds an available file and its path. */
export interface StoredFile {
  media: Media
  path: string
}

/** Says whose files: one account's, or all (null) for keys of all accounts and for signed addresses. */
export type MediaReach = AccountId | null

/** Takes files of messages in, and hands them out to callers that may have them. */
export class MediaLibrary {
  readonly maxBytes: number
  /** Returns an address that serves a file for a while without a key. */
  readonly urlOf: (mediaId: MediaId) => string
  /** Serialises work on one content: it is not removed while being stored. */
  readonly contents = new KeyedLock()
  private readonly quotas: MediaQuotas
  private readonly places = { key: new Slots(maxUploads.ofKey), account: new Slots(maxUploads.ofAccount) }
  private readonly store: Store
  private readonly files: MediaFiles
  private readonly clock: Clock
  /** Notified when a file has come or is given up. */
  private readonly mediaSettled: Notifier
  /** Notified when a file is to be fetched. */
  private readonly work: Notifier

  constructor(parts: {
    store: Store
    files: MediaFiles
    clock: Clock
    mediaSettled: Notifier
    mediaQueued: Notifier
    quotas: MediaQuotas
    maxBytes: number
    urlOf: (mediaId: MediaId) => string
  }) {
    this.store = parts.store
    this.files = parts.files
    this.clock = parts.clock
    this.mediaSettled = parts.mediaSettled
    this.work = parts.mediaQueued
    this.quotas = parts.quotas
    this.maxBytes = parts.maxBytes
    this.urlOf = parts.urlOf
  }

  /**
   * Stores a stream as a file of the account. The same content under the same name is the same file, so a repeated
   * upload changes nothing.
   * @throws AppError payload_too_large; rate_limit_exceeded if key or account uploads too many at once, or the key
   * too much in a day; insufficient_storage if the account keeps too much or the disk is full; invalid_request if the
   * content is too slow or empty
   */
  async upload(
    owner: Pick<Caller, 'accountId' | 'keyId'>,
    upload: { content: AsyncIterable<Uint8Array>; fileName: string },
  ): Promise<Media> {
    const leave = this.enter(owner)
    try {
      const file = await this.receive(owner, upload.content)
      try {
        if (file.size === 0) throw new AppError('invalid_request', emptyFile, { details: [emptyBody] })
        return await this.keep(owner, file, cleanFileName(upload.fileName))
      } finally {
        await this.files.discard(file.path)
      }
    } finally {
      leave()
    }
  }

  /** Takes a place among the uploads of the key and of the account. */
  private enter({ keyId, accountId }: MediaOwner): () => void {
    const leaveKey = this.places.key.take(String(keyId))
    const leaveAccount = leaveKey && this.places.account.take(String(accountId))
    if (leaveKey && leaveAccount) {
      return () => {
        leaveKey()
        leaveAccount()
      }
    }
    leaveKey?.()
    const { ofKey, ofAccount } = maxUploads
    throw new AppError(
      'rate_limit_exceeded',
      `At most ${ofKey} files can be uploaded at once with one API key, and ${ofAccount} for one account.`,
      { retryAt: new Date(this.clock.now().getTime() + placeMs) },
    )
  }

  private async receive(owner: MediaOwner, content: AsyncIterable<Uint8Array>): Promise<TemporaryFile> {
    const { bytes, reason } = await this.quotas.left(this.store.read, owner)
    if (bytes <= 0) throw this.quotas.refusal(reason)
    try {
      return await this.files.receive(withMinimumPace(content, tooSlow), Math.min(this.maxBytes, bytes))
    } catch (error) {
      if (!(error instanceof MediaError)) throw error
      if (error.reason === 'no_room')
        throw new AppError('insufficient_storage', error.message, { cause: error })
      if (error.reason !== 'too_large') throw error
      if (bytes < this.maxBytes) throw this.quotas.refusal(reason)
      throw new AppError('payload_too_large', `A file may have at most ${this.maxBytes} bytes`)
    }
  }

  private async keep(
    owner: MediaOwner & { keyId: KeyId },
    file: TemporaryFile,
    fileName: string,
  ): Promise<Media> {
    const content = await examine(file)
    const { accountId, keyId } = owner
    return this.contents.run(content.sha256, async () => {
      await this.files.keep(file)
      return this.store.write(async (trx) => {
        const before = await findUploaded(trx, accountId, { ...content, fileName })
        if (before) return before
        // Concurrent uploads count by now.
        const { bytes, reason } = await this.quotas.left(trx, owner)
        if (bytes < content.size) throw this.quotas.refusal(reason)
        await this.quotas.count(trx, owner, content.size)
        const shown = { status: 'ready', reason: null, kind: null, fileName } as const
        const origin = { source: null, url: null, thumbnail: null, dueAt: null, keyId }
        const media = { ...content, ...shown, accountId, createdAt: this.clock.now() }
        return { ...media, id: await insertMedia(trx, { ...media, ...origin }) }
      })
    })
  }

  /**
   * Deletes a file. Messages that show it stay and say so.
   * @throws AppError not_found; conflict while a waiting message or schedule needs it
   */
  async remove(reach: MediaReach, id: number): Promise<void> {
    await this.store.writeUrgently(async (trx) => {
      if (!(await findMedia(trx, reach, id))) throw new AppError('not_found', 'No such file')
      if (await isMediaPlanned(trx, id)) {
        throw new AppError(
          'conflict',
          'A message or schedule with this file is still to be sent: cancel it first, or wait until it is sent.',
        )
      }
      await deleteMedia(trx, id)
      afterCommit(trx, () => this.work.notify())
    })
  }

  /**
   * Opens a file once it is here.
   * @throws AppError not_found; unavailable while it is being fetched; conflict with the reason if it cannot be had
   */
  async open(reach: MediaReach, id: number, signal?: AbortSignal): Promise<StoredFile> {
    const deadline = performance.now() + maxWaitMs
    for (;;) {
      const media = await this.get(reach, id)
      if (media.status === 'ready' && media.sha256 !== null) {
        return { media, path: this.files.pathOf(media.sha256) }
      }
      if (media.status === 'failed' || media.reason === 'not_fetched') throw notHere(media)
      const leftMs = deadline - performance.now()
      if (leftMs <= 0 || signal?.aborted) {
        throw new AppError('unavailable', 'The file is still being fetched: try again soon.')
      }
      await this.mediaSettled.wait(Math.min(leftMs, 500), signal)
    }
  }

  /** Opens a message's file, for readers on this machine; undefined if unavailable. */
  async openOf(messageId: MessageId): Promise<MediaFile | undefined> {
    const id = await mediaOfMessage(this.store.read, messageId)
    if (id === undefined) return undefined
    try {
      const { media, path } = await this.open(null, id)
      return { path, mimeType: media.mimeType, size: media.size ?? 0 }
    } catch (error) {
      if (error instanceof AppError) return undefined
      throw error
    }
  }

  /** @throws AppError not_found */
  async get(reach: MediaReach, id: number): Promise<Media> {
    const media = await findMedia(this.store.read, reach, id)
    if (!media) throw new AppError('not_found', 'No such file')
    return media
  }

  /** Returns the thumbnail that came with the message. @throws AppError not_found if none came */
  async thumbnail(reach: MediaReach, id: number): Promise<Uint8Array> {
    await this.get(reach, id)
    const bytes = await findThumbnail(this.store.read, id)
    if (!bytes) throw new AppError('not_found', 'This file has no preview image')
    return bytes
  }

  /** Fetches a file that failed or was not to be fetched; does nothing if it is here. @throws AppError not_found */
  async fetchAgain(reach: MediaReach, id: number): Promise<Media> {
    await this.store.write(async (trx) => {
      const media = await findMedia(trx, reach, id)
      if (!media) throw new AppError('not_found', 'No such file')
      if (media.status === 'ready') return
      await scheduleMedia(trx, id, { dueAt: this.clock.now(), attempts: 0, reason: null })
      afterCommit(trx, () => this.work.notify())
    })
    return this.get(reach, id)
  }
}

function tooSlow(): AppError {
  const message = 'The file arrived too slowly'
  return new AppError('invalid_request', message, { details: [{ field: 'body', message }] })
}

const emptyFile = 'The file is empty (0 bytes), and WhatsApp does not accept empty files'
const emptyBody = { field: 'body', message: 'expected a file of at least 1 byte' }

function notHere({ reason }: Media): AppError {
  const say = reason === null ? 'The file is not available.' : mediaReasons[reason].say
  return new AppError('conflict', `${say} POST …/fetch tries again.`)
}
