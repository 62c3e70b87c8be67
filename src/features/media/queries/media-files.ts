import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { ReadStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MediaError } from '../media.ts'
import { watchBuffers } from '../../../runtime/buffer-garbage.ts'
import { DiskRoom, isDiskFull } from './disk-room.ts'

/** A file that was written completely but has no place yet: keep or discard it. */
export interface Draft {
  path: string
  /** Hexadecimal. */
  sha256: string
  size: number
  /** The beginning of the content, as far as telling its type needs it. */
  head: Buffer
}

const headBytes = 4100
const hashName = /^[0-9a-f]{64}$/

/** Files in the data folder under the SHA-256 of what is in them: `media/ab/ab…`. The same content is there once. */
export class MediaFiles {
  private readonly folder: string
  private readonly drafts: string
  private readonly room: DiskRoom

  /** `room`: what files may take of the disk; all of it where it is left out. */
  constructor(dataDir: string, room = new DiskRoom(dataDir, 0)) {
    this.folder = join(dataDir, 'media')
    this.drafts = join(this.folder, 'drafts')
    this.room = room
  }

  /** Makes the folders and removes what an earlier run left half written. */
  async open(): Promise<void> {
    await rm(this.drafts, { recursive: true, force: true })
    await mkdir(this.drafts, { recursive: true, mode: 0o700 })
  }

  /** A path for a file that nobody keeps. */
  draftPath(): string {
    return join(this.drafts, randomBytes(12).toString('hex'))
  }

  /** Makes sure that there is room for a draft that others write. @throws MediaError no_room */
  requireRoom(bytes: number): Promise<void> {
    return this.room.require(bytes)
  }

  /**
   * Writes a stream to the disk, piece by piece, and resolves when it is safe there.
   * @throws MediaError too_large, no_room, and whatever the stream throws; nothing is left behind then
   */
  async receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Draft> {
    const path = this.draftPath()
    const hash = createHash('sha256')
    const head: Uint8Array[] = []
    let size = 0
    await this.room.require(1)
    const file = await open(path, 'wx', 0o600).catch(withoutRoom)
    const room = this.room.claim()
    const unwatch = watchBuffers()
    try {
      for await (const piece of source) {
        if (size < headBytes) head.push(piece.subarray(0, headBytes - size))
        size += piece.length
        if (size > maxBytes) throw new MediaError('too_large')
        hash.update(piece)
        await room.take(piece.length)
        await file.writeFile(piece)
      }
      await file.sync()
    } catch (error) {
      await this.discard(path)
      return withoutRoom(error)
    } finally {
      room.end()
      unwatch()
      await file.close()
    }
    return { path, sha256: hash.digest('hex'), size, head: Buffer.concat(head) }
  }

  /** Gives a draft its place. A row may name it from then on: it outlasts a power cut. */
  async keep(draft: Draft): Promise<void> {
    const path = this.pathOf(draft.sha256)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rename(draft.path, path)
    await syncFolder(dirname(path))
  }

  async discard(path: string): Promise<void> {
    await rm(path, { force: true })
  }

  /** @throws where the name is no hash: a path must never be made of anything else */
  pathOf(sha256: string): string {
    if (!hashName.test(sha256)) throw new Error('not the hash of a file')
    return join(this.folder, sha256.slice(0, 2), sha256)
  }

  has(sha256: string): Promise<boolean> {
    return access(this.pathOf(sha256)).then(
      () => true,
      () => false,
    )
  }

  /** The bytes from `start` to `end`, both included. */
  read(sha256: string, range: { start?: number; end?: number } = {}): ReadStream {
    return createReadStream(this.pathOf(sha256), range)
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true })
  }

  /** The hashes of all files, folder by folder. */
  async *list(): AsyncGenerator<string[]> {
    for (const name of await readdir(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(name)) continue
      yield (await readdir(join(this.folder, name))).filter((file) => hashName.test(file))
    }
  }
}

/** The reserve keeps room for the databases; other programs may have filled the disk all the same. */
function withoutRoom(error: unknown): never {
  throw isDiskFull(error) ? new MediaError('no_room', error) : error
}

/** Without this a new name may be gone after a power cut, with its content still on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
