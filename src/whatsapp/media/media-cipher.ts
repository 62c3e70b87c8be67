import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { getMediaKeys } from '@whiskeysockets/baileys'
import type { MediaSource } from '../../core/content.ts'
import { MediaError } from '../../features/media/media.ts'
import type { FileOrder } from '../../core/ports.ts'

/** Bytes of the HMAC at the end of an encrypted file (whatsmeow's download.go: `mediaHMACLength`). */
const macLength = 10

/**
 * Decrypts a WhatsApp file piece by piece: AES-256-CBC, then ten bytes of the HMAC over IV and ciphertext. Use
 * nothing before the end: only then it is verified.
 * @throws MediaError damaged if the HMAC or the hash of the content does not match the message
 */
export async function* decrypted(
  encrypted: AsyncIterable<Uint8Array>,
  kind: FileOrder['kind'],
  source: Pick<MediaSource, 'mediaKey' | 'sha256'>,
): AsyncGenerator<Buffer> {
  const { iv, cipherKey, macKey } = await keysOf(Buffer.from(source.mediaKey, 'base64'), kind)
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  const mac = createHmac('sha256', macKey).update(iv)
  const plain = createHash('sha256')
  const opened = (sealed: Uint8Array) => {
    mac.update(sealed)
    const bytes = decipher.update(sealed)
    plain.update(bytes)
    return bytes
  }
  let held: Uint8Array = Buffer.alloc(0)
  for await (const piece of encrypted) {
    const [sealed, last] = withoutEnd(held, piece)
    held = last
    const bytes = opened(sealed)
    if (bytes.length > 0) yield bytes
  }
  const end = Math.max(0, held.length - macLength)
  const bytes = opened(held.subarray(0, end))
  if (bytes.length > 0) yield bytes
  if (!mac.digest().subarray(0, macLength).equals(held.subarray(end))) throw new MediaError('damaged')
  const rest = lastBlock(() => decipher.final())
  if (rest.length > 0) yield rest
  if (!sameHash(plain.update(rest), source.sha256)) throw new MediaError('damaged')
}

/**
 * Splits off the part surely before the final HMAC from the held-back rest: the last piece, copied only if it is
 * tiny.
 */
function withoutEnd(held: Uint8Array, piece: Uint8Array): [Uint8Array, Uint8Array] {
  if (piece.length >= macLength) return [held, piece]
  const both = Buffer.concat([held, piece])
  const end = Math.max(0, both.length - macLength)
  return [both.subarray(0, end), both.subarray(end)]
}

function lastBlock(final: () => Buffer): Buffer {
  try {
    return final()
  } catch (error) {
    throw new MediaError('damaged', error)
  }
}

function sameHash(hash: Hash, expected: string): boolean {
  return hash.digest().equals(Buffer.from(expected, 'base64'))
}

/** Encrypts a file into another one with a new key; returns everything about it but its location. */
export async function encryptFile(
  from: string,
  to: string,
  kind: FileOrder['kind'],
): Promise<Omit<MediaSource, 'directPath' | 'url'>> {
  const mediaKey = randomBytes(32)
  const { iv, cipherKey, macKey } = await keysOf(mediaKey, kind)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const mac = createHmac('sha256', macKey).update(iv)
  const [plain, sealed] = [createHash('sha256'), createHash('sha256')]
  const file = await open(to, 'wx', 0o600)
  const write = async (bytes: Buffer) => {
    mac.update(bytes)
    sealed.update(bytes)
    await file.writeFile(bytes)
  }
  try {
    for await (const piece of createReadStream(from) as AsyncIterable<Buffer>) {
      plain.update(piece)
      await write(cipher.update(piece))
    }
    await write(cipher.final())
    const end = mac.digest().subarray(0, macLength)
    sealed.update(end)
    await file.writeFile(end)
  } finally {
    await file.close()
  }
  return {
    mediaKey: mediaKey.toString('base64'),
    sha256: plain.digest('base64'),
    encryptedSha256: sealed.digest('base64'),
    keyTimestamp: Math.floor(Date.now() / 1000),
  }
}

async function keysOf(mediaKey: Buffer, kind: FileOrder['kind']) {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, kind === 'history' ? 'md-msg-hist' : kind)
  if (!macKey) throw new Error('no key for the HMAC')
  return { iv, cipherKey, macKey }
}
