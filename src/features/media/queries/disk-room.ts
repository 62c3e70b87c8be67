import { statfs } from 'node:fs/promises'
import { MediaError } from '../media.ts'

const mebibyte = 1024 * 1024
/** Without a figure of the owner's: so much, or this part of a smaller disk. */
const defaultReserve = { bytes: 512 * mebibyte, part: 0.05 }
/** A file asks for room in steps of this size: asking costs a call of the operating system. */
const stepBytes = mebibyte

/**
 * The room that files may take on the disk of the data folder. A part of it, the reserve, is for the databases alone: whoever
 * fills the disk with files must not be able to stop messages, reads and revocations.
 */
export class DiskRoom {
  private readonly dir: string
  private readonly reserveMb: number | null
  /** Promised to files that are being written, and not on the disk yet. */
  private promised = 0

  /** `reserveMb`: mebibytes; null takes 512, or 5 percent of the disk where that is less. */
  constructor(dir: string, reserveMb: number | null) {
    this.dir = dir
    this.reserveMb = reserveMb
  }

  /** Bytes that files may still take; negative where the databases are in the reserve already. */
  async free(): Promise<number> {
    const { bavail, blocks, bsize } = await statfs(this.dir)
    const usual = Math.min(defaultReserve.bytes, blocks * bsize * defaultReserve.part)
    const reserve = this.reserveMb === null ? usual : this.reserveMb * mebibyte
    return bavail * bsize - reserve - this.promised
  }

  /** Makes sure that a file of this size fits. @throws MediaError no_room */
  async require(bytes: number): Promise<void> {
    if ((await this.free()) < bytes) throw new MediaError('no_room')
  }

  /** Room for one file, taken while it is written. End it in every case. */
  claim(): RoomClaim {
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

export interface RoomClaim {
  /** Before so many bytes are written. @throws MediaError no_room */
  take(bytes: number): Promise<void>
  end(): void
}

/** Whether the operating system refused to write because the disk, or what this user may have of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
