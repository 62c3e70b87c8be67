import type { AccountId } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import type { MediaFile } from '../domain/media-reader.ts'
import { MediaError, mediaReasons } from '../domain/media.ts'
import type { Media } from '../domain/media.ts'
import type { MediaFiles } from '../storage/media-files.ts'
import {
  findMedia,
  findThumbnail,
  findUploaded,
  insertMedia,
  mediaOfMessage,
  scheduleMedia,
} from '../storage/media.ts'
import type { Store } from '../storage/store.ts'
import type { Bell } from '../util/bell.ts'
import type { Clock } from '../util/clock.ts'
import { cleanFileName } from '../util/file-name.ts'
import { KeyedLock } from '../util/keyed-lock.ts'
import { examine } from './media-content.ts'

/** A request waits for a file that is on its way no longer than this. */
const patienceMs = 20_000

/** A file that is here, with where it lies. */
export interface StoredFile {
  media: Media
  path: string
}

/** Whose files: of one account, or of all for keys of all accounts and for signed addresses. */
export type MediaReach = AccountId | null

/** The files of messages: taking them in, and giving them out to those who may have them. */
export class MediaLibrary {
  readonly maxBytes: number
  /** An address that hands a file out for a while without a key. */
  readonly urlOf: (mediaId: number) => string
  /** One content at a time: what is being stored is not removed meanwhile. */
  readonly contents = new KeyedLock()
  private readonly store: Store
  private readonly files: MediaFiles
  private readonly clock: Clock
  private readonly news: Bell
  /** Rung when there is something to fetch. */
  private readonly work: Bell

  constructor(parts: {
    store: Store
    files: MediaFiles
    clock: Clock
    news: Bell
    mediaWork: Bell
    maxBytes: number
    urlOf: (mediaId: number) => string
  }) {
    this.store = parts.store
    this.files = parts.files
    this.clock = parts.clock
    this.news = parts.news
    this.work = parts.mediaWork
    this.maxBytes = parts.maxBytes
    this.urlOf = parts.urlOf
  }

  /**
   * Writes a stream to the disk as a file of the account. The same content under the same name is the same file, so a repeated
   * upload changes nothing.
   * @throws AppError payload_too_large
   */
  async upload(
    accountId: AccountId,
    upload: { content: AsyncIterable<Uint8Array>; fileName: string },
  ): Promise<Media> {
    const draft = await this.files.receive(upload.content, this.maxBytes).catch((error: unknown) => {
      const isTooLarge = error instanceof MediaError && error.reason === 'too_large'
      throw isTooLarge
        ? new AppError('payload_too_large', `A file may have at most ${this.maxBytes} bytes`)
        : error
    })
    try {
      const content = await examine(draft)
      const fileName = cleanFileName(upload.fileName)
      return await this.contents.run(content.sha256, async () => {
        await this.files.keep(draft)
        return this.store.write(async (trx) => {
          const before = await findUploaded(trx, accountId, { ...content, fileName })
          if (before) return before
          const shown = { status: 'ready', reason: null, kind: null, fileName } as const
          const origin = { source: null, url: null, thumbnail: null, dueAt: null }
          const media = { ...content, ...shown, accountId, createdAt: this.clock.now() }
          return { ...media, id: await insertMedia(trx, { ...media, ...origin }) }
        })
      })
    } finally {
      await this.files.discard(draft.path)
    }
  }

  /**
   * The file, as soon as it is here.
   * @throws AppError not_found; unavailable where it is still on its way; conflict where it cannot be had, with why
   */
  async open(reach: MediaReach, id: number, signal?: AbortSignal): Promise<StoredFile> {
    const deadline = performance.now() + patienceMs
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
      await this.news.wait(Math.min(leftMs, 500), signal)
    }
  }

  /** The file of a message, for readers on this machine; undefined where there is none to be had. */
  async openOf(messageId: number): Promise<MediaFile | undefined> {
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

  /** The small picture that came with the message. @throws AppError not_found where there is none */
  async thumbnail(reach: MediaReach, id: number): Promise<Uint8Array> {
    await this.get(reach, id)
    const bytes = await findThumbnail(this.store.read, id)
    if (!bytes) throw new AppError('not_found', 'This file came without a small picture')
    return bytes
  }

  /** Fetches a file that failed or was not to be fetched; nothing changes for one that is here. @throws AppError not_found */
  async fetchAgain(reach: MediaReach, id: number): Promise<Media> {
    await this.store.write(async (trx) => {
      const media = await findMedia(trx, reach, id)
      if (!media) throw new AppError('not_found', 'No such file')
      if (media.status === 'ready') return
      await scheduleMedia(trx, id, { dueAt: this.clock.now(), attempts: 0, reason: null })
      this.store.afterCommit(() => this.work.ring())
    })
    return this.get(reach, id)
  }
}

function notHere({ reason }: Media): AppError {
  const say = reason === null ? 'The file could not be had.' : mediaReasons[reason].say
  return new AppError('conflict', `${say} POST …/fetch tries again.`)
}
