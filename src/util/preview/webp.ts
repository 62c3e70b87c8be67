import type { FileReader } from './file-reader.ts'

/** How large a WebP is and whether it moves, by its first bytes (RFC 9649); undefined where it is none. */
export async function webpSize(
  file: FileReader,
): Promise<{ width: number; height: number; animated: boolean } | undefined> {
  const head = await file.at(0, 30)
  if (head.length < 30 || head.toString('latin1', 8, 12) !== 'WEBP') return undefined
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return {
        width: head.readUIntLE(24, 3) + 1,
        height: head.readUIntLE(27, 3) + 1,
        animated: (head.readUInt8(20) & 2) !== 0,
      }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1, animated: false }
    }
    case 'VP8 ':
      return {
        width: head.readUInt16LE(26) & 0x3fff,
        height: head.readUInt16LE(28) & 0x3fff,
        animated: false,
      }
    default:
      return undefined
  }
}
