import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const version = 'v1'
const ivBytes = 12
const tagBytes = 16
/** The first byte of a sealed value: whether it was text or bytes. */
const forms = { text: 1, bytes: 2 } as const

/** Encrypts values that must not be readable on disk, with AES-256-GCM. */
export class SecretBox {
  private readonly key: Buffer

  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error('a secret box needs a key of 32 bytes')
    this.key = key
  }

  /** Derives another secret, always the same for the same use, as hexadecimal. */
  derive(use: string): string {
    return createHmac('sha256', this.key).update(use).digest('hex')
  }

  /** Encrypts a text. `use` names its purpose; the text opens only for the same one. */
  seal(text: string, use: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(use))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return [version, iv, cipher.getAuthTag(), sealed]
      .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
      .join('.')
  }

  /** Encrypts like `seal`, for a text or bytes, without base64's overhead. */
  sealBytes(value: string | Uint8Array, use: string): Buffer {
    const isText = typeof value === 'string'
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(use))
    const body = isText ? cipher.update(value, 'utf8') : cipher.update(value)
    const end = cipher.final()
    return Buffer.concat([Buffer.of(isText ? forms.text : forms.bytes), iv, cipher.getAuthTag(), body, end])
  }

  /** Returns what `sealBytes` was given; undefined as for `open`. */
  openBytes(sealed: Uint8Array, use: string): string | Buffer | undefined {
    const head = 1 + ivBytes + tagBytes
    if (sealed.length < head) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(1, 1 + ivBytes))
        .setAAD(Buffer.from(use))
        .setAuthTag(sealed.subarray(1 + ivBytes, head))
      const bytes = Buffer.concat([decipher.update(sealed.subarray(head)), decipher.final()])
      return sealed[0] === forms.text ? bytes.toString('utf8') : bytes
    } catch {
      return undefined
    }
  }

  /** Decrypts a text; undefined if it was sealed with another key or for another use, or was changed. */
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
