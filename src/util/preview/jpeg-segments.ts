import type { FileReader } from './file-reader.ts'
import { huffmanTable } from './jpeg-bits.ts'
import type { HuffmanTable } from './jpeg-bits.ts'

/** One colour of a picture. */
export interface JpegComponent {
  id: number
  /** Blocks of it in each unit of the picture, across and down. */
  h: number
  v: number
  quantization: number
}

/** How a picture is encoded, as far as its head tells. */
export interface JpegFrame {
  width: number
  height: number
  progressive: boolean
  /** False for variants that no camera makes: arithmetic coding, twelve bits, CMYK. */
  usual: boolean
  components: JpegComponent[]
}

/** What stands before the picture's data. */
export interface JpegHead {
  frame: JpegFrame
  /** EXIF, 1 to 8. */
  orientation: number
  /** Of each table: by how much the mean of a block is to be multiplied. */
  factors: Map<number, number>
  dc: Map<number, HuffmanTable>
  ac: Map<number, HuffmanTable>
  restartInterval: number
  /** Red, green and blue are stored as such. */
  rgb: boolean
}

/** The beginning of a run of data: which colours, with which tables. */
export interface JpegScan {
  components: { id: number; dc: number; ac: number }[]
  /** Of a progressive picture: false for what only adds detail. */
  isFirst: boolean
  shift: number
  /** Where the data begins. */
  position: number
}

const mostSegments = 300
const [startOfScan, endOfImage] = [0xda, 0xd9]
/** Start of frame, in all variants: C0 to CF without the tables that lie between. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

type Partly = Omit<JpegHead, 'frame'> & { frame: JpegFrame | undefined }

/** Reads the segments of a JPEG file (ITU-T T.81, annex B) one after the other. */
export class JpegSegments {
  private readonly file: FileReader
  private position = 2
  private left = mostSegments
  private readonly head: Partly = {
    frame: undefined,
    orientation: 1,
    factors: new Map(),
    dc: new Map(),
    ac: new Map(),
    restartInterval: 0,
    rgb: false,
  }

  constructor(file: FileReader) {
    this.file = file
  }

  /** All that stands before the first data; undefined where it is no whole JPEG. @throws where a table is broken */
  async untilScan(from = this.position): Promise<{ head: JpegHead; scan: JpegScan } | undefined> {
    this.position = from
    for (; this.left > 0; this.left -= 1) {
      const intro = await this.file.at(this.position, 4)
      const [mark, marker = 0] = intro
      if (mark !== 0xff || intro.length < 4 || marker === endOfImage) return undefined
      if (marker === 0xff) {
        this.position += 1
        continue
      }
      const segment = await this.file.at(this.position + 4, intro.readUInt16BE(2) - 2)
      this.position += 2 + intro.readUInt16BE(2)
      if (marker === startOfScan) {
        const { frame } = this.head
        return frame && { head: { ...this.head, frame }, scan: readScan(segment, frame, this.position) }
      }
      this.take(marker, segment)
    }
    return undefined
  }

  private take(marker: number, segment: Buffer): void {
    const { head } = this
    if (isFrame(marker)) head.frame ??= readFrame(marker, segment)
    else if (marker === 0xdb) readFactors(segment, head.factors)
    else if (marker === 0xc4) readTables(segment, head)
    else if (marker === 0xdd) head.restartInterval = segment.readUInt16BE(0)
    else if (marker === 0xe1) head.orientation = orientationOf(segment) ?? head.orientation
    else if (marker === 0xee && segment.subarray(0, 5).toString('latin1') === 'Adobe')
      head.rgb = segment[11] === 0
  }
}

function readFrame(marker: number, segment: Buffer): JpegFrame {
  const components = Array.from({ length: segment.readUInt8(5) }, (_, n) => {
    const at = 6 + 3 * n
    const sampling = segment.readUInt8(at + 1)
    const quantization = segment.readUInt8(at + 2)
    return { id: segment.readUInt8(at), h: sampling >> 4, v: sampling & 15, quantization }
  })
  const sane = components.every(({ h, v }) => h >= 1 && h <= 4 && v >= 1 && v <= 4)
  return {
    height: segment.readUInt16BE(1),
    width: segment.readUInt16BE(3),
    progressive: marker === 0xc2,
    usual: marker <= 0xc2 && segment[0] === 8 && sane && [1, 3].includes(components.length),
    components,
  }
}

function readScan(segment: Buffer, { progressive }: JpegFrame, position: number): JpegScan {
  const count = segment.readUInt8(0)
  const components = Array.from({ length: count }, (_, n) => {
    const tables = segment.readUInt8(2 + 2 * n)
    return { id: segment.readUInt8(1 + 2 * n), dc: tables >> 4, ac: tables & 15 }
  })
  const at = 1 + 2 * count
  const approximation = segment.readUInt8(at + 2)
  const isFirst = !progressive || (segment[at] === 0 && approximation >> 4 === 0)
  return { components, isFirst, shift: progressive ? approximation & 15 : 0, position }
}

function readFactors(segment: Buffer, factors: Map<number, number>): void {
  for (let at = 0; at < segment.length;) {
    const table = segment.readUInt8(at)
    const wide = table >> 4 !== 0
    factors.set(table & 15, wide ? segment.readUInt16BE(at + 1) : segment.readUInt8(at + 1))
    at += wide ? 129 : 65
  }
}

function readTables(segment: Buffer, head: Pick<JpegHead, 'dc' | 'ac'>): void {
  for (let at = 0; at + 17 <= segment.length;) {
    const name = segment.readUInt8(at)
    const counts = segment.subarray(at + 1, at + 17)
    const length = counts.reduce((sum, count) => sum + count, 0)
    const table = huffmanTable(counts, segment.subarray(at + 17, at + 17 + length))
    ;(name >> 4 === 0 ? head.dc : head.ac).set(name & 15, table)
    at += 17 + length
  }
}

const orientationTag = 0x0112
const mostTags = 200

/** How the camera was held: one tag of the first directory (EXIF 2.3, 4.6). */
function orientationOf(segment: Buffer): number | undefined {
  if (segment.length < 14 || segment.subarray(0, 6).toString('latin1') !== 'Exif\0\0') return undefined
  const tiff = segment.subarray(6)
  const little = tiff.subarray(0, 2).toString('latin1') === 'II'
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (directory + 2 > tiff.length) return undefined
  const tags = Math.min(short(directory), mostTags)
  for (let n = 0; n < tags; n += 1) {
    const at = directory + 2 + 12 * n
    if (at + 12 > tiff.length) return undefined
    if (short(at) === orientationTag) return short(at + 8)
  }
  return undefined
}
