import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { ReadStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MediaError } from '../media.ts'
import { watchBuffers } from '../../../runtime/memory.ts'
import { DiskSpace, isDiskFull } from './disk-space.ts'

/** Holds a completely written file without a place yet: end with `keep` or `discard`. */
export interface TemporaryFile {
  path: string
  /** Hexadecimal. */
  sha256: string
  size: number
  /** The beginning of the content, enough to detect its type. */
  head: Buffer
}

const headBytes = 4100
const hashName = /^[0-9a-f]{64}$/

/** Stores files in the data folder by the SHA-256 of their content: `media/ab/ab…`. Equal content is stored once. */
export class MediaFiles {
  private readonly folder: string
  private readonly temporaryFolder: string
  private readonly room: DiskSpace

  /** Takes the data folder. `room`: the disk space for files; by default the whole disk. */
  constructor(dataDir: string, room = new DiskSpace(dataDir, 0)) {
    this.folder = join(dataDir, 'media')
    this.temporaryFolder = join(this.folder, 'drafts')
    this.room = room
  }

  /** Creates the folders and removes temporary files of an earlier run. */
  async open(): Promise<void> {
    await rm(this.temporaryFolder, { recursive: true, force: true })
    await mkdir(this.temporaryFolder, { recursive: true, mode: 0o700 })
  }

  /** Returns a path for a temporary file. */
  temporaryPath(): string {
    return join(this.temporaryFolder, randomBytes(12).toString('hex'))
  }

  /** Checks that a temporary file written elsewhere fits. @throws MediaError no_room */
  requireRoom(bytes: number): Promise<void> {
    return this.room.require(bytes)
  }

  /**
   * Writes a stream to disk, piece by piece, and resolves when it is safe there.
   * @throws MediaError too_large, no_room, and the stream's errors; then nothing is left behind
   */
  async receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<TemporaryFile> {
    const path = this.temporaryPath()
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

  /** Moves a temporary file to its place. A row may refer to it from then on: it survives a power cut. */
  async keep(file: TemporaryFile): Promise<void> {
    const path = this.pathOf(file.sha256)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rename(file.path, path)
    await syncFolder(dirname(path))
  }

  async discard(path: string): Promise<void> {
    await rm(path, { force: true })
  }

  /** @throws Error if the name is no hash: paths are never built from anything else */
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

  /** Reads the bytes from `start` to `end`, both included. */
  read(sha256: string, range: { start?: number; end?: number } = {}): ReadStream {
    return createReadStream(this.pathOf(sha256), range)
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true })
  }

  /** Yields the hashes of all files, folder by folder. */
  async *list(): AsyncGenerator<string[]> {
    for (const name of await readdir(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(name)) continue
      yield (await readdir(join(this.folder, name))).filter((file) => hashName.test(file))
    }
  }
}

/** Translates a full disk, which other programs may have caused despite the reserve. */
function withoutRoom(error: unknown): never {
  throw isDiskFull(error) ? new MediaError('no_room', error) : error
}

/** Flushes a folder: otherwise a power cut may lose a new name although its content is on disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
