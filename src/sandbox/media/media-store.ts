import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Holds an encrypted file in the folder. */
export interface StoredBlob {
  readonly path: string
  readonly size: number
}

const maxBytes = 2 * 1024 ** 3
const fileName = /^[0-9a-f]{64}$/
const directPath = /^\/m\/[a-z-]+\/([0-9a-f]{64})(?:-\d+)?$/

/** Stores encrypted files in a folder by the SHA-256 of their bytes, and drops the oldest beyond a limit. */
export class MediaStore {
  /** The token for uploads, as WhatsApp's `media_conn` issues it. */
  readonly auth = randomBytes(24).toString('base64url')
  /** Host and port of the media host, once it listens. */
  hostname = ''
  #folder = ''
  #lastRenewal = 1
  readonly #sizes = new Map<string, number>()
  readonly #expired = new Map<string, number>()

  get folder(): string {
    return this.#folder
  }

  /** Takes over the files an earlier run left in the folder. */
  async open(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    this.#folder = folder
    this.#sizes.clear()
    for (const name of await readdir(folder)) {
      if (fileName.test(name)) this.#sizes.set(name, (await stat(join(folder, name))).size)
      else if (name.endsWith('.part')) await rm(join(folder, name))
    }
  }

  /** Creates a temporary file to write into; end with `keep` or `discard`. */
  draft(): string {
    return join(this.#folder, `${randomBytes(12).toString('hex')}.part`)
  }

  /** Makes a temporary file available. @returns its direct path */
  async keep(draft: string, kind: string, hash: Buffer): Promise<string> {
    const name = hash.toString('hex')
    const { size } = await stat(draft)
    await rename(draft, join(this.#folder, name))
    this.#sizes.delete(name)
    this.#sizes.set(name, size)
    await this.#trim()
    const path = `/m/${kind}/${name}`
    // A file that is uploaded again is available again.
    this.#expired.delete(path)
    return path
  }

  async discard(draft: string): Promise<void> {
    await rm(draft, { force: true })
  }

  /** Writes a stream to a temporary file. @returns hash and length */
  async write(draft: string, source: AsyncIterable<Uint8Array>): Promise<{ hash: Buffer; size: number }> {
    const hash = createHash('sha256')
    let size = 0
    const file = await open(draft, 'wx', 0o600)
    try {
      for await (const chunk of source) {
        hash.update(chunk)
        size += chunk.length
        await file.writeFile(chunk)
      }
    } finally {
      await file.close()
    }
    return { hash: hash.digest(), size }
  }

  /** Finds a file, or the status that refuses its download. */
  find(path: string): StoredBlob | number {
    const expired = this.#expired.get(path)
    if (expired !== undefined) return expired
    const name = directPath.exec(path)?.[1] ?? ''
    const size = this.#sizes.get(name)
    return size === undefined ? 404 : { path: join(this.#folder, name), size }
  }

  read(blob: StoredBlob, range?: { start: number; end: number }) {
    return createReadStream(blob.path, range)
  }

  urlOf(path: string): string {
    return `https://${this.hostname}${path}`
  }

  /** Makes the path answer with this status; the file stays, as it does on the phone that sent it. */
  expire(path: string, status: number): void {
    this.#expired.set(path, status)
  }

  /** Gives an expired file a new path; undefined if the file is gone. */
  renew(path: string): string | undefined {
    const name = directPath.exec(path)?.[1] ?? ''
    if (!this.#sizes.has(name)) return undefined
    this.#lastRenewal += 1
    return path.replace(/(-\d+)?$/, `-${this.#lastRenewal}`)
  }

  async #trim(): Promise<void> {
    let total = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
    for (const [name, size] of this.#sizes) {
      if (total <= maxBytes) return
      this.#sizes.delete(name)
      total -= size
      await rm(join(this.#folder, name), { force: true })
    }
  }
}
