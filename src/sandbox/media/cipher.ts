import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { getMediaKeys, type MediaType } from '@whiskeysockets/baileys'

/** Hashes and size of an encrypted file. */
export interface SealedFile {
  readonly fileSha256: Buffer
  readonly fileEncSha256: Buffer
  readonly fileLength: number
}

/** Bytes of the HMAC at the end of an encrypted file (whatsmeow's download.go: `mediaHMACLength`). */
export const macLength = 10

/** Encrypts a stream into a file, chunk by chunk: AES-256-CBC, then ten bytes of the HMAC over IV and ciphertext. */
export async function sealInto(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  key: { mediaKey: Buffer; type: MediaType },
): Promise<SealedFile> {
  const { iv, cipherKey, macKey } = await keysOf(key.mediaKey, key.type)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const mac = createHmac('sha256', macKey).update(iv)
  const [plainHash, sealedHash] = [createHash('sha256'), createHash('sha256')]
  let fileLength = 0
  const file = await open(path, 'wx', 0o600)
  const write = async (bytes: Buffer) => {
    mac.update(bytes)
    sealedHash.update(bytes)
    await file.writeFile(bytes)
  }
  try {
    for await (const chunk of source) {
      plainHash.update(chunk)
      fileLength += chunk.length
      await write(cipher.update(chunk))
    }
    await write(cipher.final())
    const tail = mac.digest().subarray(0, macLength)
    sealedHash.update(tail)
    await file.writeFile(tail)
  } finally {
    await file.close()
  }
  return { fileSha256: plainHash.digest(), fileEncSha256: sealedHash.digest(), fileLength }
}

/** Decrypts a file. Throws after the last chunk if the HMAC is wrong: use nothing before the end. */
export async function* openSealed(
  path: string,
  key: { mediaKey: Uint8Array; type: MediaType },
): AsyncGenerator<Buffer> {
  const { iv, cipherKey, macKey } = await keysOf(key.mediaKey, key.type)
  const { size } = await stat(path)
  if (size <= macLength || (size - macLength) % 16 !== 0) throw new Error('Not an encrypted file')
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  const mac = createHmac('sha256', macKey).update(iv)
  for await (const chunk of createReadStream(path, { end: size - macLength - 1 }) as AsyncIterable<Buffer>) {
    mac.update(chunk)
    yield decipher.update(chunk)
  }
  const tail = Buffer.alloc(macLength)
  const file = await open(path, 'r')
  try {
    await file.read(tail, 0, macLength, size - macLength)
  } finally {
    await file.close()
  }
  if (!mac.digest().subarray(0, macLength).equals(tail)) throw new Error('The HMAC is wrong')
  yield decipher.final()
}

async function keysOf(mediaKey: Uint8Array, type: MediaType) {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, type)
  if (!macKey) throw new Error('No key')
  return { iv, cipherKey, macKey }
}
