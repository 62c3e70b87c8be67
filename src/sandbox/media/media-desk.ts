import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { MediaType, proto } from '@whiskeysockets/baileys'
import { openSealed, sealInto } from './cipher.ts'
import { kinds, mediaOf, pathOf, type FilePart, type FoundMedia, type MediaKind } from './media-kinds.ts'
import type { MediaStore } from './media-store.ts'

export interface MediaDraft {
  readonly kind: MediaKind
  /** The content: bytes, a file of this machine, or so many bytes that always are the same. */
  readonly content: Buffer | { readonly path: string } | { readonly size: number }
  readonly mimetype?: string
  readonly caption?: string
  /** Of a document. */
  readonly fileName?: string
  /** Of audio and video. */
  readonly seconds?: number
}

/** A file that somebody received, and what came out when it was fetched and decrypted. */
export interface ReceivedMedia {
  readonly kind: MediaKind
  readonly mimetype: string
  readonly size: number
  /** Of the content, hexadecimal. */
  readonly sha256: string
  readonly fileName?: string
  /** Why it could not be opened, or what was wrong with it. */
  readonly error?: string
}

const chunkSize = 64 * 1024

/** Does with files what phones do: encrypts and uploads, downloads and decrypts. Never holds a whole one in memory. */
export class MediaDesk {
  readonly store: MediaStore

  constructor(store: MediaStore) {
    this.store = store
  }

  /** Uploads the file and writes the message about it. */
  async compose(draft: MediaDraft): Promise<proto.IMessage> {
    const { folder, type, mimetype } = kinds[draft.kind]
    const file = await this.upload(contentOf(draft.content), folder, type)
    return messageAbout(draft, { ...file, mimetype: draft.mimetype ?? mimetype })
  }

  async upload(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, folder: string, type: MediaType) {
    const { store } = this
    const mediaKey = randomBytes(32)
    const draft = store.draft()
    try {
      const sealed = await sealInto(draft, source, { mediaKey, type })
      const directPath = await store.keep(draft, folder, sealed.fileEncSha256)
      const mediaKeyTimestamp = Math.floor(Date.now() / 1000)
      return { ...sealed, mediaKey, mediaKeyTimestamp, directPath, url: store.urlOf(directPath) }
    } finally {
      await store.discard(draft)
    }
  }

  /** The `media` of an entry in somebody's log; nothing for a message without a file. */
  async attachment(message: proto.IMessage): Promise<{ media?: ReceivedMedia }> {
    const media = await this.examine(message)
    return media ? { media } : {}
  }

  /** What a message holds besides words: fetched, decrypted, and compared with what the message says of it. */
  async examine(message: proto.IMessage): Promise<ReceivedMedia | undefined> {
    const found = mediaOf(message)
    if (!found) return undefined
    const { kind, file } = found
    const hash = createHash('sha256')
    let size = 0
    let error: string | undefined
    try {
      for await (const chunk of this.open(found)) {
        hash.update(chunk)
        size += chunk.length
      }
    } catch (failure) {
      error = failure instanceof Error ? failure.message : String(failure)
    }
    const sha256 = hash.digest('hex')
    error ??= differences(file, sha256, size)
    return {
      kind,
      mimetype: file.mimetype ?? '',
      size,
      sha256,
      ...(file.fileName ? { fileName: file.fileName } : {}),
      ...(error === undefined ? {} : { error }),
    }
  }

  /** The content of the file, which is not to be believed before the end. */
  async *open({ kind, file }: FoundMedia): AsyncGenerator<Buffer> {
    const path = pathOf(file)
    const blob = path === undefined ? 404 : this.store.find(path)
    if (typeof blob === 'number') throw new Error(`The media host answers ${blob}`)
    if (!file.mediaKey) throw new Error('The message has no media key')
    const encHash = createHash('sha256')
    for await (const chunk of this.store.read(blob) as AsyncIterable<Buffer>) encHash.update(chunk)
    if (!encHash.digest().equals(Buffer.from(file.fileEncSha256 ?? [])))
      throw new Error('fileEncSha256 is wrong')
    yield* openSealed(blob.path, { mediaKey: file.mediaKey, type: kinds[kind].type })
  }
}

function differences(file: FilePart, sha256: string, size: number): string | undefined {
  if (Buffer.from(file.fileSha256 ?? []).toString('hex') !== sha256) return 'fileSha256 is wrong'
  return Number(file.fileLength) === size ? undefined : 'fileLength is wrong'
}

function messageAbout(draft: MediaDraft, file: FilePart & { mimetype: string }): proto.IMessage {
  const { kind, fileName = 'documento.pdf', seconds = 3 } = draft
  const caption = draft.caption === undefined ? {} : { caption: draft.caption }
  const part = file as object
  switch (kind) {
    case 'image':
      return { imageMessage: { ...part, ...caption, width: 640, height: 480 } }
    case 'video':
      return { videoMessage: { ...part, ...caption, width: 640, height: 480, seconds } }
    case 'audio':
      return { audioMessage: { ...part, seconds, ptt: false } }
    case 'voice':
      return { audioMessage: { ...part, seconds, ptt: true, waveform: Buffer.alloc(64, 20) } }
    case 'sticker':
      return { stickerMessage: { ...part, width: 512, height: 512, isAnimated: false } }
    case 'document': {
      const documentMessage = { ...part, ...caption, fileName, title: fileName }
      // Phones wrap a document that has words with it.
      return draft.caption === undefined
        ? { documentMessage }
        : { documentWithCaptionMessage: { message: { documentMessage } } }
    }
  }
}

function contentOf(content: MediaDraft['content']): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (content instanceof Uint8Array) return [content]
  return 'path' in content ? createReadStream(content.path) : generated(content.size)
}

/** Bytes that do not compress and are the same in every run. */
export function* generated(size: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16))
  const zeros = Buffer.alloc(chunkSize)
  for (let left = size; left > 0; left -= chunkSize) {
    yield cipher.update(left >= chunkSize ? zeros : zeros.subarray(0, left))
  }
}
