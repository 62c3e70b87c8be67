import type { FileReader } from './file-reader.ts'
import { wholeSeconds } from './seconds.ts'

/** More boxes than any film's header has. */
const maxBoxes = 2000
/** Container boxes that hold relevant boxes. */
const within = new Set(['moov', 'trak'])

/** Holds the facts in a film's header; for music, only the duration. */
export interface FilmFacts {
  seconds: number | null
  width: number | null
  height: number | null
}

/** Reads the header of an MP4, M4A or 3GP file (ISO/IEC 14496-12), wherever it is, and nothing else. */
export async function filmFacts(file: FileReader): Promise<FilmFacts> {
  const facts: FilmFacts = { seconds: null, width: null, height: null }
  let position = 0
  for (let n = 0; n < maxBoxes && position < file.size; n += 1) {
    const intro = await file.at(position, 16)
    if (intro.length < 8) break
    const type = intro.toString('latin1', 4, 8)
    const short = intro.readUInt32BE(0)
    // 1: the length follows the name; 0: the box extends to the end of the file.
    const wide = short === 1 && intro.length === 16
    const [headBytes, length] = [wide ? 16 : 8, wide ? Number(intro.readBigUInt64BE(8)) : short]
    const isInside = within.has(type)
    if (type === 'mvhd') facts.seconds = secondsOf(await file.at(position + headBytes, 32))
    if (type === 'tkhd') Object.assign(facts, pictureOf(await file.at(position + headBytes, 96)) ?? {})
    if (!isInside && length < headBytes) break
    position += isInside ? headBytes : length
  }
  return facts
}

function secondsOf(box: Buffer): number | null {
  if (box.length < 32) return null
  const isLong = box[0] === 1
  const scale = box.readUInt32BE(isLong ? 20 : 12)
  const length = isLong ? Number(box.readBigUInt64BE(24)) : box.readUInt32BE(16)
  return wholeSeconds(length / scale)
}

/** Returns the displayed size of a track; undefined for sound. Phones film upright by rotating the picture. */
function pictureOf(box: Buffer): { width: number; height: number } | undefined {
  const matrix = box[0] === 1 ? 52 : 40
  if (box.length < matrix + 44) return undefined
  const [across, down] = [box.readUInt32BE(matrix + 36) >>> 16, box.readUInt32BE(matrix + 40) >>> 16]
  if (across === 0 || down === 0) return undefined
  const isTurned = box.readInt32BE(matrix) === 0 && box.readInt32BE(matrix + 4) !== 0
  return isTurned ? { width: down, height: across } : { width: across, height: down }
}
