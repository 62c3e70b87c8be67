import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, pack } from 'tar-stream'
import type { Pack } from 'tar-stream'
import { SetupError } from '../core/errors.ts'
import { damaged } from './cipher.ts'
import { withoutEnd } from './pieces.ts'

/** The last entry of an archive: the hash of everything before it. */
const checksumName = 'sha256'
/** A tar ends with two empty blocks. */
const endBytes = 1024
/** The last entry, its content and the end: always of this size. */
const tailBytes = 512 + 512 + endBytes

/** Puts entries into an archive, one after another. */
export interface ArchiveWriter {
  addText(name: string, text: string): Promise<void>
  /** @returns its size; undefined if there is no such file */
  addFile(name: string, path: string): Promise<number | undefined>
}

/** Takes one entry of an archive; it must read the whole content. */
export type EntryReader = (
  entry: { name: string; size: number },
  content: AsyncIterable<Buffer>,
) => Promise<void>

/**
 * Yields a tar with what `write` adds, and the hash of it all as the last entry, so that any change is noticed. Never more of
 * it is in memory than a few pieces.
 */
export async function* writeArchive(
  write: (archive: ArchiveWriter) => Promise<void>,
): AsyncGenerator<Buffer> {
  const tar = pack()
  write(writerOf(tar)).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  const hash = createHash('sha256')
  for await (const piece of withoutEnd(tar as AsyncIterable<Buffer>, endBytes)) {
    hash.update(piece)
    yield piece
  }
  yield await tailOf(hash.digest('hex'))
}

/**
 * Reads an archive, entry by entry, and checks its hash at the end: nothing that was read may be used before.
 * @throws SetupError if it is damaged or incomplete
 */
export async function readArchive(source: AsyncIterable<Buffer>, read: EntryReader): Promise<void> {
  const tar = extract()
  // The pipeline also ends the other side when one of them fails.
  const failing = pipeline(Readable.from(checked(source)), tar).then(
    () => undefined,
    (error: unknown) => error,
  )
  let fault: unknown
  try {
    for await (const entry of tar) {
      const { name, size = 0, type } = entry.header
      if (type !== 'file') throw damaged()
      await read({ name, size }, entry as AsyncIterable<Buffer>)
    }
  } catch (error) {
    fault = error
    tar.destroy()
  }
  const failed = await failing
  if (fault !== undefined || failed !== undefined) throw readFault(fault, failed)
}

function writerOf(tar: Pack): ArchiveWriter {
  return {
    addText: (name, text) => addPiece(tar, name, Buffer.from(text)),
    addFile: async (name, path) => {
      // Opened before its size is read: it may be deleted at any time.
      const file = await open(path, 'r').catch(() => undefined)
      if (file === undefined) return undefined
      try {
        const { size } = await file.stat()
        if (size === 0) {
          await addPiece(tar, name, Buffer.alloc(0))
          return size
        }
        // What is appended meanwhile would no longer fit into the entry.
        const content = createReadStream(path, { fd: file, autoClose: false, start: 0, end: size - 1 })
        await pipeline(content, tar.entry({ name, size, mode: 0o600 }))
        return size
      } finally {
        await file.close()
      }
    },
  }
}

function addPiece(tar: Pack, name: string, content: Buffer, mtime = new Date()): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ name, mode: 0o600, mtime }, content, (error) => (error ? reject(error) : resolve()))
  })
}

/** Returns the last entry and the end of an archive: the same bytes for the same hash. */
async function tailOf(hash: string): Promise<Buffer> {
  const tar = pack()
  void addPiece(tar, checksumName, Buffer.from(`${hash}\n`), new Date(0)).then(() => tar.finalize())
  const pieces: Buffer[] = []
  for await (const piece of tar as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Yields the entries of an archive without the last one, and the end of a tar. @throws SetupError if the hash differs */
async function* checked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const pieces = withoutEnd(source, tailBytes)
  for (;;) {
    const { value, done } = await pieces.next()
    if (done) {
      if (!value.equals(await tailOf(hash.digest('hex')))) throw damaged()
      yield Buffer.alloc(endBytes)
      return
    }
    hash.update(value)
    yield value
  }
}

/** Chooses the error that says most: our own sentence, rather than what a stream says that another one ended. */
function readFault(...faults: unknown[]): unknown {
  const own = faults.find((fault) => fault instanceof SetupError)
  if (own !== undefined) return own
  const system = faults.find((fault) => fault instanceof Error && 'syscall' in fault)
  return system ?? damaged(faults.find((fault) => fault !== undefined))
}
