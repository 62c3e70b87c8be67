import type { FileReader } from './file-reader.ts'

const pageHead = 27
const maxOnPage = 255
const chunkBytes = 64 * 1024
/** Larger packets are not Opus and not assembled. */
const maxPacketBytes = 16 * 1024

/** Yields the packets of an Ogg file (RFC 3533); ends at the first invalid page. */
export async function* oggPackets(file: FileReader): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  let chunk: Buffer = Buffer.alloc(0)
  for (let start = 0, at = 0; ;) {
    if (chunk.length - at < pageHead + maxOnPage + maxOnPage * 255) {
      start += at
      at = 0
      chunk = await file.at(start, 2 * chunkBytes)
    }
    if (chunk.length - at < pageHead || chunk.toString('latin1', at, at + 4) !== 'OggS') return
    const segments = chunk.readUInt8(at + 26)
    const lengths = chunk.subarray(at + pageHead, at + pageHead + segments)
    let position = at + pageHead + segments
    for (const length of lengths) {
      begun.push(chunk.subarray(position, position + length))
      position += length
      // A packet ends with the first segment that is not full.
      if (length === 255 && begun.length * 255 < maxPacketBytes) continue
      if (length < 255) yield Buffer.concat(begun)
      begun = []
    }
    if (position > chunk.length) return
    at = position
  }
}
