import type { FileHandle } from 'node:fs/promises'

/** Reads parts of an open file at any position. */
export class FileReader {
  readonly size: number
  private readonly file: FileHandle

  constructor(file: FileHandle, size: number) {
    this.file = file
    this.size = size
  }

  /** Reads the bytes from `position` on; fewer than `length` only at the end of the file. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - position))
    const bytes = Buffer.allocUnsafe(wanted)
    let read = 0
    while (read < wanted) {
      const { bytesRead } = await this.file.read(bytes, read, wanted - read, position + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return bytes.subarray(0, read)
  }
}
