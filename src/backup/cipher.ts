import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { SetupError } from '../core/errors.ts'
import { regroup } from './pieces.ts'

/**
 * The form of an encrypted backup: a head, then chunks of 64 KiB, each with its tag of 16 bytes. The nonce of a chunk holds its
 * number and whether it is the last one, so that none can be changed, moved, left out or cut off at the end unnoticed.
 */
const mark = Buffer.from('zaguan-backup\n')
/** N = 2^17 and r = 8 take 128 MiB and half a second: what a guess costs. */
const cost = { log2N: 17, r: 8, p: 1 } as const
const saltBytes = 16
const noncePrefixBytes = 7
const tagBytes = 16
const chunkBytes = 64 * 1024
const headBytes = mark.length + 4 + saltBytes + noncePrefixBytes
const minPassphrase = 8

const deriveKey = promisify<
  string,
  Buffer,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt)

/** Tells whether a stream that begins like this is encrypted. */
export function isEncrypted(begin: Buffer): boolean {
  return begin.subarray(0, mark.length).equals(mark)
}

/** Encrypts a stream with a passphrase. @throws SetupError if the passphrase is too short */
export async function* encrypt(source: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  if (passphrase.length < minPassphrase) {
    throw new SetupError(`The passphrase has fewer than ${minPassphrase} characters.`)
  }
  const head = Buffer.concat([
    mark,
    Buffer.of(1, cost.log2N, cost.r, cost.p),
    randomBytes(saltBytes),
    randomBytes(noncePrefixBytes),
  ])
  const key = await keyOf(passphrase, head)
  yield head
  let number = 0
  for await (const { piece, isLast } of regroup(source, chunkBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(head, number, isLast)).setAAD(head)
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()])
    number++
  }
}

/** Decrypts a stream. @throws SetupError for another passphrase, and for a stream that was changed or cut */
export async function* decrypt(source: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  let head: Buffer | undefined
  let key: Buffer = Buffer.alloc(0)
  let number = 0
  for await (const { piece, isLast } of regroup(source, chunkBytes + tagBytes, headBytes)) {
    if (head === undefined) {
      head = checkHead(piece)
      if (isLast) throw damaged()
      key = await keyOf(passphrase, head)
      continue
    }
    yield openChunk(piece, { head, key, number, isLast })
    number++
  }
}

function openChunk(
  piece: Buffer,
  { head, key, number, isLast }: { head: Buffer; key: Buffer; number: number; isLast: boolean },
): Buffer {
  if (piece.length < tagBytes) throw damaged()
  const end = piece.length - tagBytes
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(head, number, isLast))
      .setAAD(head)
      .setAuthTag(piece.subarray(end))
    return Buffer.concat([decipher.update(piece.subarray(0, end)), decipher.final()])
  } catch (error) {
    if (number > 0) throw damaged(error)
    throw new SetupError('The passphrase is not the one of this backup, or the file is damaged.', {
      cause: error,
    })
  }
}

function checkHead(head: Buffer): Buffer {
  if (head.length < headBytes || !isEncrypted(head)) throw damaged()
  const [format, log2N, r, p] = head.subarray(mark.length)
  // Other figures, from whoever wrote the file, would decide how much memory is taken.
  if (format === 1 && log2N === cost.log2N && r === cost.r && p === cost.p) return head
  throw new SetupError('The backup is damaged, or a newer zaguan encrypted it.')
}

function keyOf(passphrase: string, head: Buffer): Promise<Buffer> {
  const { log2N, r, p } = cost
  const N = 2 ** log2N
  const salt = head.subarray(mark.length + 4, mark.length + 4 + saltBytes)
  return deriveKey(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: 256 * N * r })
}

function nonceOf(head: Buffer, number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(noncePrefixBytes + 5)
  head.copy(nonce, 0, headBytes - noncePrefixBytes)
  nonce.writeUInt32BE(number, noncePrefixBytes)
  nonce[noncePrefixBytes + 4] = isLast ? 1 : 0
  return nonce
}

/** Says that a backup cannot be trusted. */
export function damaged(cause?: unknown): SetupError {
  return new SetupError('The backup is damaged or incomplete: nothing was restored. Use another one.', {
    cause,
  })
}
