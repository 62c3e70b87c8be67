import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** Flushes a file or a folder: a name in a folder can be lost in a power cut although its content is on the disk. */
export async function flushPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes a stream into a new file that only its owner can read, and flushes it. @returns its size */
export async function writeDurably(path: string, source: AsyncIterable<Buffer>): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    const size = await writePieces(file, source)
    await file.sync()
    return size
  } finally {
    await file.close()
  }
}

async function writePieces(file: FileHandle, source: AsyncIterable<Buffer>): Promise<number> {
  let size = 0
  for await (const piece of source) {
    await file.writeFile(piece)
    size += piece.length
  }
  return size
}
