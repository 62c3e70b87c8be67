import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const keyFile = 'secret.key'
const version = 'v1'

/** Encrypts what must not stand readable in the database: AES-256-GCM with a key that lies beside it in the data folder. */
export class SecretBox {
  private readonly key: Buffer

  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error('a secret box needs a key of 32 bytes')
    this.key = key
  }

  /** The box of a data folder; its key file is made at the first start and readable by its owner only. */
  static open(dir: string): SecretBox {
    const file = join(dir, keyFile)
    const key = readKey(file) ?? makeKey(file)
    return new SecretBox(key)
  }

  /** Another secret, always the same for the same use; hexadecimal. */
  derive(use: string): string {
    return createHmac('sha256', this.key).update(use).digest('hex')
  }

  /** `use` says what the secret belongs to; it opens only for the same one. */
  seal(text: string, use: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(use))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return [version, iv, cipher.getAuthTag(), sealed]
      .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
      .join('.')
  }

  /** The text, or undefined where it was sealed with another key, for another use, or was changed. */
  open(sealed: string, use: string): string | undefined {
    const [mark, iv = '', tag = '', body = ''] = sealed.split('.')
    if (mark !== version) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, Buffer.from(iv, 'base64url'))
        .setAAD(Buffer.from(use))
        .setAuthTag(Buffer.from(tag, 'base64url'))
      const text = Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()])
      return text.toString('utf8')
    } catch {
      return undefined
    }
  }
}

function readKey(file: string): Buffer | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) {
    throw new Error(`${file} is damaged: put back a copy, or remove it and give every webhook a new secret.`)
  }
  chmodSync(file, 0o600)
  return key
}

function makeKey(file: string): Buffer {
  const key = randomBytes(32)
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, `${key.toString('base64')}\n`)
    // A secret that is in the database with a key that is not on the disk would be lost in a power cut.
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
  return key
}
