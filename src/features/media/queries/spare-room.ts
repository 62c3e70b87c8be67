import { randomFillSync } from 'node:crypto'
import { rmSync, statfsSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

const mebibyte = 1024 * 1024
/** A thirty-second part of the disk, within these. */
const sizes = { part: 1 / 32, min: 256 * 1024, max: 8 * mebibyte }
const retryMs = 1000

/**
 * A file of random bytes that holds some room of the disk for what must work on a full one: taking rights away and switching
 * things off. It is given up for such a write, and made again when there is room; until then ordinary writes are refused, or
 * they would use it up.
 */
export class SpareRoom {
  private readonly dir: string
  private readonly path: string
  private spent = false
  private making: Promise<void> | undefined
  private triedAt = 0

  constructor(dir: string) {
    this.dir = dir
    this.path = join(dir, 'spare-room')
  }

  /** Whether it was given up and is not back yet. Asking has it made again where there is room. */
  isSpent(): boolean {
    if (!this.spent) return false
    const now = performance.now()
    if (now - this.triedAt > retryMs) {
      this.triedAt = now
      // A disk that is still full is no news: it is tried again.
      this.keep().catch(() => undefined)
    }
    return this.spent
  }

  /** Gives the room up for one write that must succeed. @returns whether there was any */
  giveUp(): boolean {
    const had = this.size() > 0
    rmSync(this.path, { force: true })
    this.spent = had || this.spent
    return had
  }

  /** Makes the file where it is missing and there is room enough for it and as much again. @throws where it cannot be written */
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

  /** Random, so that no file system can keep it in less room than it has. */
  private async write(size: number): Promise<void> {
    const draft = `${this.path}.new`
    const file = await open(draft, 'w', 0o600)
    try {
      const piece = Buffer.alloc(256 * 1024)
      for (let left = size; left > 0; left -= piece.length) {
        await file.write(randomFillSync(piece), 0, Math.min(left, piece.length))
      }
      await file.sync()
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    } finally {
      await file.close()
    }
    await rename(draft, this.path)
  }

  private size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0
  }
}
