import type { AccountId, KeyId, MediaId, MessageId } from '../../core/ids.ts'
import type { MediaFacts, MediaSource } from '../../core/content.ts'
import { documentName, nameInAddress, wordForUnnamed } from '../media/document-name.ts'
import { AppError } from '../../core/errors.ts'
import { fits, isVoiceNote, kindOf, mediaReasons, allowsCaption, withPreview } from '../media/media.ts'
import type { Media, MediaKind } from '../media/media.ts'
import type { MediaRequest } from '../messages/outgoing.ts'
import type { UrlFiles } from '../../core/ports.ts'
import { findUpload, wantUpload, findMedia, insertMedia, setMessageMedia } from '../media/records.ts'
import { holdForMedia } from './queries/held-messages.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Trx } from '../../db/tables.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Clock } from '../../util/clock.ts'
import { cleanFileName } from '../media/file-name.ts'
import type { Languages } from '../messages/languages.ts'
import type { MediaOwner, MediaQuotas } from '../media/media-quotas.ts'

/** Holds a file to send, the same for every recipient of a request. */
export interface Attachment {
  mediaId: MediaId
  kind: MediaKind
  facts: MediaFacts
  /** Address of the file at WhatsApp; null: it has to be fetched or uploaded first. */
  upload: MediaSource | null
  /** True if it is on disk. */
  isHere: boolean
}

/** WhatsApp keeps files for about a month (observed on the wire); an upload counts as lost after this time. */
const uploadLifeMs = 14 * 24 * 60 * 60_000

const byExtension: Readonly<Record<string, MediaKind>> = {
  jpg: 'image',
  jpeg: 'image',
  png: 'image',
  mp4: 'video',
  '3gp': 'video',
  mp3: 'audio',
  m4a: 'audio',
  aac: 'audio',
  amr: 'audio',
  ogg: 'audio',
  opus: 'audio',
}

/** Turns a caller's file into an attachment that messages can wait for. */
export class Attachments {
  private readonly clock: Clock
  private readonly urls: UrlFiles
  private readonly quotas: MediaQuotas
  private readonly languages: Pick<Languages, 'ofBusiness'>
  private readonly work: Notifier

  constructor(parts: {
    clock: Clock
    urls: UrlFiles
    quotas: MediaQuotas
    languages: Pick<Languages, 'ofBusiness'>
    mediaQueued: Notifier
  }) {
    this.languages = parts.languages
    this.clock = parts.clock
    this.urls = parts.urls
    this.quotas = parts.quotas
    this.work = parts.mediaQueued
  }

  /**
   * Finds the file, or notes where to fetch it, on behalf of an API key if there is one (`keyId`).
   * @throws AppError not_found, conflict for a file that is not here, invalid_request for an impossible address or
   * kind, rate_limit_exceeded or insufficient_storage if key or account has no quota left
   */
  async prepare(
    trx: Trx,
    accountId: AccountId,
    request: MediaRequest,
    keyId: KeyId | null = null,
  ): Promise<Attachment> {
    if (request.id === undefined) return this.fromUrl(trx, { accountId, keyId }, request)
    const media = await findMedia(trx, accountId, request.id)
    if (!media) throw new AppError('not_found', 'No such file: this account has no file with this media.id')
    if (media.status !== 'ready') throw notHere(media)
    const kind = request.kind ?? kindOf(media.mimeType)
    if (!fits(kind, media.mimeType)) {
      const message = `this file is ${media.mimeType} and cannot be sent as ${kind}`
      throw new AppError('invalid_request', `Invalid parameter media.type: ${message}`, {
        details: [{ field: 'body.media.type', message }],
      })
    }
    if (media.size === 0)
      throw new AppError('invalid_request', 'This file is empty, and WhatsApp does not accept empty files')
    const since = new Date(this.clock.now().getTime() - uploadLifeMs)
    const upload = await findUpload(trx, media.id, kind, since)
    const facts = factsOf(media, kind, {
      ...request,
      fileName: await this.nameOf(trx, media, { kind, request }),
    })
    const about = { mediaId: media.id, kind, isHere: true }
    if (!upload) return { ...about, facts, upload: null }
    return { ...about, facts: withPreview(facts, upload.preview), upload: upload.source }
  }

  /**
   * Refuses now what `prepare` would refuse later, and a caption that the file cannot have. Fetches nothing.
   * @throws AppError as there
   */
  async check(
    trx: Trx,
    accountId: AccountId,
    { media, hasWords }: { media: MediaRequest; hasWords: boolean },
  ): Promise<void> {
    if (media.url !== undefined) this.urls.check(media.url)
    const kind =
      media.url === undefined
        ? (await this.prepare(trx, accountId, media)).kind
        : (media.kind ?? kindByName(lastSegment(media.url)))
    if (hasWords) refuseCaption(kind)
  }

  /**
   * Attaches a file to a message; if WhatsApp does not have it yet, the message and the later ones of its chat wait.
   */
  async attach(
    trx: Trx,
    { mediaId, kind, upload, isHere }: Attachment,
    to: { accountId: AccountId; messageId: MessageId; expiresAt: Date },
  ): Promise<void> {
    await setMessageMedia(trx, to.messageId, mediaId)
    if (upload !== null) return
    await holdForMedia(trx, to.messageId, to.expiresAt)
    const { accountId } = to
    if (isHere) await wantUpload(trx, { mediaId, kind, accountId, dueAt: this.clock.now() })
    afterCommit(trx, () => this.work.notify())
  }

  private async nameOf(
    trx: Trx,
    { accountId, fileName, mimeType }: Media,
    { kind, request }: { kind: MediaKind; request: MediaRequest },
  ): Promise<string> {
    const name = cleanFileName(request.fileName) || fileName
    if (kind !== 'document') return name
    return documentName(name || (await wordForUnnamed(this.languages, trx, accountId)), mimeType)
  }

  private async fromUrl(trx: Trx, owner: MediaOwner, request: MediaRequest): Promise<Attachment> {
    const { url } = request
    if (url === undefined) throw new AppError('invalid_request', 'A file needs an id or a url')
    this.urls.check(url)
    await this.quotas.refuseWithoutAny(trx, owner)
    const at = this.clock.now()
    const named = lastSegment(url)
    // Without a name the server is asked for one, when the file is fetched.
    const fileName = cleanFileName(request.fileName)
    const kind = request.kind ?? kindByName(named)
    const media = {
      accountId: owner.accountId,
      status: 'pending',
      reason: null,
      kind: request.kind ?? null,
      sha256: null,
      size: null,
      mimeType: 'application/octet-stream',
      fileName,
      seconds: null,
      createdAt: at,
    } as const
    const origin = { url, source: null, thumbnail: null, dueAt: at, keyId: owner.keyId }
    const id = await insertMedia(trx, { ...media, ...origin })
    const facts = factsOf({ ...media, id }, kind, { ...request, fileName: fileName || nameInAddress(url) })
    return { mediaId: id, kind, facts, upload: null, isHere: false }
  }
}

function kindByName(name: string): MediaKind {
  return byExtension[/\.(\w{2,4})$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? 'document'
}

/** Refuses a caption for a file that cannot have one. @throws AppError invalid_request */
export function refuseCaption(kind: MediaKind): void {
  if (allowsCaption(kind)) return
  const [what, message] = ['a sound or a sticker', 'expected no text: WhatsApp shows none with']
  throw new AppError('invalid_request', `Text cannot go with ${what}: send it as a separate message`, {
    details: [{ field: 'body.message', message: `${message} ${what}` }],
  })
}

/**
 * Builds the facts of its file that a message carries; a voice note is a recording as phones make them, unless requested
 * otherwise.
 */
function factsOf(media: Media, kind: MediaKind, request: MediaRequest): MediaFacts {
  const { voice = true, gif = false } = request
  return {
    mimeType: media.mimeType,
    fileName: cleanFileName(request.fileName ?? media.fileName),
    sizeBytes: media.size ?? 0,
    seconds: media.seconds,
    width: null,
    height: null,
    // For a file that is not here yet only the request is known.
    voice: voice && kind === 'audio' && (media.status !== 'ready' || isVoiceNote(media.mimeType)),
    animated: gif && kind === 'video',
  }
}

function lastSegment(url: string): string {
  const { pathname } = new URL(url)
  try {
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1))
  } catch {
    return ''
  }
}

function notHere({ status, reason }: Media): AppError {
  if (status === 'pending') return new AppError('conflict', 'This file has not arrived yet.')
  return new AppError('conflict', reason === null ? 'This file is not available.' : mediaReasons[reason].say)
}
