import type { FileReader } from './file-reader.ts'
import { filmFacts } from './mp4.ts'
import { wholeSeconds } from './seconds.ts'

/**
 * Estimates the duration of MP3, WAV and M4A music from its first kilobytes; null if they do not tell. An MP3 without
 * a frame count is taken to have frames of equal size.
 */
export async function soundSeconds(file: FileReader, mimeType: string): Promise<number | null> {
  const seconds = await lengthOf(file, mimeType)
  return seconds === null ? null : wholeSeconds(seconds)
}

function lengthOf(file: FileReader, mimeType: string): Promise<number | null> {
  switch (mimeType) {
    case 'audio/mpeg':
      return mp3Length(file)
    case 'audio/wav':
      return wavLength(file)
    case 'audio/mp4':
    case 'audio/3gpp':
      return filmFacts(file).then(({ seconds }) => seconds)
    default:
      return Promise.resolve(null)
  }
}

/**
 * Kilobits per second by the four bits that state them: of MPEG 1 layer III, and of MPEG 2 and 2.5 (ISO/IEC 11172-3,
 * 13818-3).
 */
const bitrates = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const
const sampleRates = [44_100, 48_000, 32_000] as const
/** Some writers leave space between the tag and the first frame. */
const searchBytes = 16 * 1024

async function mp3Length(file: FileReader): Promise<number | null> {
  const tag = await file.at(0, 10)
  const isTagged = tag.toString('latin1', 0, 3) === 'ID3' && tag.length === 10
  // Its length is encoded in seven bits of each byte.
  const begin = isTagged ? 10 + tag.subarray(6).reduce((sum, byte) => sum * 128 + (byte & 127), 0) : 0
  const head = await file.at(begin, searchBytes)
  for (let at = 0; at + 192 <= head.length; at += 1) {
    const frame = readFrame(head, at)
    if (!frame) continue
    const frames = statedFrames(head.subarray(at, at + 192))
    if (frames !== undefined) return (frames * frame.samples) / frame.rate
    return ((file.size - begin - at) * 8) / frame.bitsPerSecond
  }
  return null
}

/** Reads a frame that begins here: layer III only, as in every MP3. */
function readFrame(
  head: Buffer,
  at: number,
): { bitsPerSecond: number; rate: number; samples: number } | undefined {
  const word = head.readUInt32BE(at)
  const [version, layer] = [(word >>> 19) & 3, (word >>> 17) & 3]
  if (word >>> 21 !== 0x7ff || version === 1 || layer !== 1) return undefined
  const isFirst = version === 3
  const kilobits = bitrates[isFirst ? 0 : 1][(word >>> 12) & 15]
  const rate = sampleRates[(word >>> 10) & 3]
  if (!kilobits || rate === undefined) return undefined
  // 3 is MPEG 1; the two others have a half and a quarter of its sampling rate.
  return {
    bitsPerSecond: kilobits * 1000,
    rate: rate / (isFirst ? 1 : version === 2 ? 2 : 4),
    samples: isFirst ? 1152 : 576,
  }
}

/** Returns the number of frames, which the first frame may state if they differ in size. */
function statedFrames(frame: Buffer): number | undefined {
  const mark = Math.max(frame.indexOf('Xing'), frame.indexOf('Info'))
  if (mark > 0 && mark + 12 <= frame.length && (frame.readUInt32BE(mark + 4) & 1) === 1) {
    return frame.readUInt32BE(mark + 8)
  }
  const other = frame.indexOf('VBRI')
  return other > 0 && other + 18 <= frame.length ? frame.readUInt32BE(other + 14) : undefined
}

async function wavLength(file: FileReader): Promise<number | null> {
  let bytesPerSecond = 0
  let position = 12
  for (let n = 0; n < 50; n += 1) {
    const intro = await file.at(position, 20)
    if (intro.length < 20) return null
    const length = intro.readUInt32LE(4)
    const type = intro.toString('latin1', 0, 4)
    if (type === 'fmt ') bytesPerSecond = intro.readUInt32LE(16)
    // A length that was never filled in extends to the end.
    if (type === 'data') return Math.min(length, file.size - position - 8) / bytesPerSecond
    position += 8 + length + (length & 1)
  }
  return null
}
