import { statfs } from 'node:fs/promises'
import { MediaError } from '../media.ts'

const mebibyte = 1024 * 1024
/** The default reserve: this many bytes, or this part of a smaller disk. */
const defaultReserve = { bytes: 512 * mebibyte, part: 0.05 }
/** Files reserve space in steps of this size: each check costs a system call. */
const stepBytes = mebibyte

/**
 * Manages the disk space for files. A reserve is for the databases alone: filling the disk with files must never stop
 * messages, reads and revocations.
 */
export class DiskSpace {
  private readonly dir: string
  private readonly reserveMb: number | null
  /** Reserved for files being written, and not on disk yet. */
  private promised = 0

  /** Takes a folder of the disk. `reserveMb`: mebibytes; null means 512, or 5 percent of a smaller disk. */
  constructor(dir: string, reserveMb: number | null) {
    this.dir = dir
    this.reserveMb = reserveMb
  }

  /** Returns how many bytes files may still take; negative if the databases use the reserve already. */
  async free(): Promise<number> {
    const { bavail, blocks, bsize } = await statfs(this.dir)
    const usual = Math.min(defaultReserve.bytes, blocks * bsize * defaultReserve.part)
    const reserve = this.reserveMb === null ? usual : this.reserveMb * mebibyte
    return bavail * bsize - reserve - this.promised
  }

  /** Checks that a file of this size fits. @throws MediaError no_room */
  async require(bytes: number): Promise<void> {
    if ((await this.free()) < bytes) throw new MediaError('no_room')
  }

  /** Reserves space for one file while it is written; always call `end`. */
  claim(): SpaceClaim {
    let left = 0
    const give = (bytes: number) => {
      left += bytes
      this.promised += bytes
    }
    return {
      take: async (bytes) => {
        if (left < bytes) {
          const free = await this.free()
          if (free < bytes) throw new MediaError('no_room')
          give(Math.min(free, Math.max(stepBytes, bytes)))
        }
        give(-bytes)
      },
      end: () => give(-left),
    }
  }
}

/** Space reserved for one file. */
export interface SpaceClaim {
  /** Takes the room for a write of this many bytes, before it begins. @throws MediaError no_room */
  take(bytes: number): Promise<void>
  end(): void
}

/** Tells whether the operating system refused to write because the disk or the user's quota is full. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
