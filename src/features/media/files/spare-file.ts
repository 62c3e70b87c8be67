import { randomFillSync } from 'node:crypto'
import { rmSync, statfsSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

const mebibyte = 1024 * 1024
/** A 32nd of the disk, within these bounds. */
const sizes = { part: 1 / 32, min: 256 * 1024, max: 8 * mebibyte }
const retryMs = 1000

/**
 * Reserves disk space, by a file of random bytes, for writes that must succeed on a full disk: revoking rights and switching
 * things off. It is given up for such a write, and created again when there is space; until then ordinary writes are refused,
 * since they would use it up.
 */
export class SpareFile {
  private readonly dir: string
  private readonly path: string
  private spent = false
  private making: Promise<void> | undefined
  private triedAt = 0

  constructor(dir: string) {
    this.dir = dir
    this.path = join(dir, 'spare-room')
  }

  /** Tells whether it was given up and is not back yet; tries to create it again. */
  isSpent(): boolean {
    if (!this.spent) return false
    const now = performance.now()
    if (now - this.triedAt > retryMs) {
      this.triedAt = now
      // A disk that is still full is no news: the next call tries again.
      this.keep().catch(() => undefined)
    }
    return this.spent
  }

  /** Frees the space for one write that must succeed. @returns whether there was any */
  giveUp(): boolean {
    const had = this.size() > 0
    rmSync(this.path, { force: true })
    this.spent = had || this.spent
    return had
  }

  /** Creates the file if it is missing and twice its size is free. @throws Error if it cannot be written */
  keep(): Promise<void> {
    this.making ??= this.make().finally(() => (this.making = undefined))
    return this.making
  }

  private async make(): Promise<void> {
    const { bavail, blocks, bsize } = statfsSync(this.dir)
    const size = Math.round(Math.min(sizes.max, Math.max(sizes.min, blocks * bsize * sizes.part)))
    if (this.size() === 0) {
      if (bavail * bsize < 2 * size) return
      await this.write(size)
    }
    this.spent = false
  }

  /** Writes random bytes, so that no file system can compress them. */
  private async write(size: number): Promise<void> {
    const temporary = `${this.path}.new`
    const file = await open(temporary, 'w', 0o600)
    try {
      const piece = Buffer.alloc(256 * 1024)
      for (let left = size; left > 0; left -= piece.length) {
        await file.write(randomFillSync(piece), 0, Math.min(left, piece.length))
      }
      await file.sync()
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    } finally {
      await file.close()
    }
    await rename(temporary, this.path)
  }

  private size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0
  }
}
