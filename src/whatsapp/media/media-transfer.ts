import { Agent as HttpsAgent } from 'node:https'
import { rootCertificates } from 'node:tls'
import { decryptMediaRetryData, encryptMediaRetryRequest, proto } from '@whiskeysockets/baileys'
import type { BaileysEventMap, WASocket } from '@whiskeysockets/baileys'
import type { MediaSource } from '../../core/content.ts'
import { MediaError } from '../../features/media/media.ts'
import type { MediaKind } from '../../features/media/media.ts'
import type { FileOrder, MessageKey } from '../../core/ports.ts'
import { watchBuffers } from '../../runtime/memory.ts'
import { wait } from '../../util/clock.ts'
import { HttpPool } from '../../util/http-pool.ts'
import { decrypted, encryptFile } from './media-cipher.ts'

const origin = 'https://web.whatsapp.com'
const usualHost = 'mmg.whatsapp.net'
const connectMs = 10_000
/** A transfer without a byte for this long is given up. */
const silenceMs = 30_000
const phoneAnswerMs = 30_000
/** WhatsApp's hosts answer 403 to an address with an expired signature. */
const gone = new Set([403, 404, 410])

type Socket = Pick<WASocket, 'ev' | 'refreshMediaConn' | 'waUploadToServer' | 'sendNode' | 'authState'>

/** Creates the agent with which the library uploads; undefined if the machine's own certificates suffice. */
export function uploadAgent(certificate: string | null): HttpsAgent | undefined {
  return certificate === null ? undefined : new HttpsAgent({ ca: [...rootCertificates, certificate] })
}

/** Transfers files from and to WhatsApp's media hosts, encrypted and as streams. */
export class MediaTransfer {
  private readonly sock: Socket
  private readonly pool: HttpPool

  /** Takes the socket, and a certificate that is trusted besides the usual ones. */
  constructor(sock: Socket, certificate: string | null) {
    this.sock = sock
    this.pool = new HttpPool({
      connect: {
        timeout: connectMs,
        ...(certificate === null ? {} : { ca: [...rootCertificates, certificate] }),
      },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    })
  }

  /** Yields a file's content, which is verified only at its end. @throws MediaError, also while it is read */
  async *fetch({ kind, source, maxBytes, signal }: FileOrder): AsyncGenerator<Uint8Array> {
    const url = addressOf(source, await this.hosts())
    const body = this.body(url, maxBytes, signal)
    yield* decrypted(body, kind, source)
  }

  /** Encrypts the file into `scratch` and uploads it from there. @throws Error if no host accepts it */
  async upload(path: string, scratch: string, kind: MediaKind): Promise<MediaSource> {
    const unwatch = watchBuffers()
    try {
      const sealed = await encryptFile(path, scratch, kind)
      const { mediaUrl, directPath } = await this.sock.waUploadToServer(scratch, {
        mediaType: kind,
        fileEncSha256B64: sealed.encryptedSha256,
        timeoutMs: silenceMs,
      })
      return { ...sealed, directPath, url: mediaUrl }
    } finally {
      unwatch()
    }
  }

  /**
   * Asks the phone to upload a message's file again. @returns where it is now
   * @throws MediaError expired if the phone no longer has it or does not answer in time
   */
  async renew(key: MessageKey, source: MediaSource): Promise<MediaSource> {
    const { ev, authState } = this.sock
    const mediaKey = Buffer.from(source.mediaKey, 'base64')
    const { chatJid: remoteJid, waId: id, fromMe, participant } = key
    const messageKey = { remoteJid, id, fromMe, ...(participant === null ? {} : { participant }) }
    let settle: (path: string | undefined) => void = () => undefined
    const answered = new Promise<string | undefined>((resolve) => (settle = resolve))
    const onUpdate = (updates: BaileysEventMap['messages.media-update']) => {
      const update = updates.find((each) => each.key.id === id)
      if (update) settle(update.media && renewedPath(update.media, mediaKey, id))
    }
    ev.on('messages.media-update', onUpdate)
    try {
      await this.sock.sendNode(encryptMediaRetryRequest(messageKey, mediaKey, authState.creds.me?.id ?? ''))
      const directPath = await Promise.race([answered, wait(phoneAnswerMs).then(() => undefined)])
      if (directPath === undefined) throw new MediaError('expired')
      return { ...source, directPath }
    } finally {
      ev.off('messages.media-update', onUpdate)
    }
  }

  async close(): Promise<void> {
    await this.pool.close()
  }

  private async hosts(): Promise<string[]> {
    const { hosts } = await this.sock.refreshMediaConn(false)
    return hosts.map(({ hostname }) => hostname)
  }

  private async *body(url: URL, maxBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      const answer = await this.pool.get(url, { headers: { origin }, signal })
      if (answer.statusCode !== 200) {
        answer.body.on('error', () => undefined).destroy()
        throw new MediaError(gone.has(answer.statusCode) ? 'expired' : 'unreachable')
      }
      // Padding and HMAC make it at most 26 bytes longer.
      if (Number(answer.headers['content-length'] ?? 0) > maxBytes + 26) {
        answer.body.on('error', () => undefined).destroy()
        throw new MediaError('too_large')
      }
      yield* answer.body as AsyncIterable<Buffer>
    } catch (error) {
      throw error instanceof MediaError ? error : new MediaError('unreachable', error)
    }
  }
}

function renewedPath(
  media: { ciphertext: Uint8Array; iv: Uint8Array },
  mediaKey: Buffer,
  id: string,
): string | undefined {
  try {
    const { result, directPath } = decryptMediaRetryData(media, mediaKey, id)
    return result === proto.MediaRetryNotification.ResultType.SUCCESS ? (directPath ?? undefined) : undefined
  } catch {
    return undefined
  }
}

/**
 * Returns the URL to fetch a file from. The sender writes the address, so its host counts only if it is WhatsApp's or
 * was announced on this connection.
 * @throws MediaError refused for an invalid address
 */
export function addressOf({ directPath, url }: MediaSource, hosts: readonly string[]): URL {
  const written = url !== null && URL.canParse(url) ? new URL(url) : undefined
  const known =
    written !== undefined &&
    (hosts.includes(written.host) || (written.port === '' && written.hostname.endsWith('.whatsapp.net')))
  const host = known ? written.host : (hosts[0] ?? usualHost)
  const path = directPath || (known ? written.pathname + written.search : '')
  const address =
    path.startsWith('/') && URL.canParse(path, `https://${host}`) ? new URL(path, `https://${host}`) : null
  if (address?.host !== new URL(`https://${host}`).host) throw new MediaError('refused')
  return address
}
