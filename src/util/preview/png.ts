import { createInflate } from 'node:zlib'
import type { FileReader } from './file-reader.ts'
import type { Pace } from './pace.ts'
import { makeRaster, setRgb, thumbnailSize } from './raster.ts'
import type { Raster } from './raster.ts'

/** The largest picture that is looked into: each of its pixels costs work. */
const mostPixels = 32_000_000
const mostWidth = 65_535
const pieceBytes = 64 * 1024
const mostChunks = 10_000

interface Header {
  width: number
  height: number
  depth: number
  colour: number
  interlaced: boolean
}

/** Samples of a pixel, by type of colour. */
const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

async function readHeader(file: FileReader): Promise<Header | undefined> {
  const head = await file.at(0, 29)
  if (head.length < 29 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined
  const [width, height] = [head.readUInt32BE(16), head.readUInt32BE(20)]
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) return undefined
  return { width, height, depth: head[24] ?? 0, colour: head[25] ?? 0, interlaced: head[28] !== 0 }
}

/** How large a PNG is; undefined where it is none. */
export async function pngSize(file: FileReader): Promise<{ width: number; height: number } | undefined> {
  return readHeader(file)
}

/**
 * A small copy of a PNG, made row by row: of the picture never more than two rows are held, however much its data swells.
 * Transparent parts become white. Null for interlaced ones and for what is larger than anybody's.
 * @throws where the data is broken
 */
export async function shrinkPng(file: FileReader, pace: Pace): Promise<Raster | null> {
  const header = await readHeader(file)
  const perPixel = header && channels[header.colour]
  if (!header || perPixel === undefined || header.interlaced) return null
  const { width, height, depth } = header
  if (width > mostWidth || width * height > mostPixels || ![1, 2, 4, 8, 16].includes(depth)) return null
  const chunks = new Chunks(file)
  const inflate = createInflate({ chunkSize: pieceBytes })
  const rows = new Rows(header, perPixel, chunks)
  const writing = feed(inflate, chunks)
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      for (let at = 0; at < piece.length && !rows.isWhole;) {
        at += rows.take(piece, at)
        if (pace.isDue()) await pace.rest()
      }
      if (rows.isWhole) break
    }
  } finally {
    inflate.destroy()
    await writing
  }
  return rows.isWhole ? rows.mean() : null
}

/** Gives the compressed data to whoever opens it, as fast as that takes it, until that is not interested any more. */
async function feed(inflate: ReturnType<typeof createInflate>, chunks: Chunks): Promise<void> {
  try {
    for await (const piece of chunks.data()) {
      if (inflate.destroyed) return
      if (!inflate.write(piece)) {
        await new Promise<void>((resolve) => {
          const goOn = () => {
            inflate.off('drain', goOn).off('close', goOn)
            resolve()
          }
          inflate.on('drain', goOn).on('close', goOn)
        })
      }
    }
    inflate.end()
  } catch (error) {
    inflate.destroy(error instanceof Error ? error : new Error('the picture cannot be read'))
  }
}

/** The parts of a PNG file (its specification, chapter 5). */
class Chunks {
  /** Red, green and blue of each colour that pixels name by its number. */
  palette: Buffer = Buffer.alloc(0)
  /** How opaque each of those is. */
  opacity: Buffer = Buffer.alloc(0)
  private readonly file: FileReader

  constructor(file: FileReader) {
    this.file = file
  }

  async *data(): AsyncGenerator<Buffer> {
    let position = 8
    for (let n = 0; n < mostChunks; n += 1) {
      const intro = await this.file.at(position, 8)
      if (intro.length < 8) return
      const length = intro.readUInt32BE(0)
      const type = intro.toString('latin1', 4)
      if (type === 'IEND') return
      if (type === 'PLTE') this.palette = await this.file.at(position + 8, Math.min(length, 768))
      if (type === 'tRNS') this.opacity = await this.file.at(position + 8, Math.min(length, 256))
      for (let at = 0; type === 'IDAT' && at < length; at += pieceBytes) {
        yield await this.file.at(position + 8 + at, Math.min(length - at, pieceBytes))
      }
      position += 12 + length
    }
  }
}

/** Puts rows together, undoes their filters (chapter 9), and adds their pixels up into those of the thumbnail. */
class Rows {
  private readonly header: Header
  private readonly perPixel: number
  private readonly chunks: Chunks
  private readonly raster: Raster
  /** Of each pixel of the thumbnail: red, green, blue, and how many were added up. */
  private readonly sums: Float64Array
  /** The filter and the bytes of a row. */
  private row: Buffer
  private above: Buffer
  private filled = 0
  private done = 0

  constructor(header: Header, perPixel: number, chunks: Chunks) {
    this.header = header
    this.perPixel = perPixel
    this.chunks = chunks
    const { width, height } = thumbnailSize(header.width, header.height)
    this.raster = makeRaster(width, height)
    this.sums = new Float64Array(4 * width * height)
    const length = 1 + Math.ceil((header.width * perPixel * header.depth) / 8)
    this.row = Buffer.alloc(length)
    this.above = Buffer.alloc(length)
  }

  get isWhole(): boolean {
    return this.done === this.header.height
  }

  /** Takes what the row that is being put together still needs, and says how much that was. */
  take(piece: Buffer, at: number): number {
    const taken = piece.copy(this.row, this.filled, at)
    this.filled += taken
    if (this.filled === this.row.length) {
      this.unfilter()
      this.addUp()
      this.done += 1
      this.filled = 0
      const { row } = this
      this.row = this.above
      this.above = row
    }
    return taken
  }

  mean(): Raster {
    const { raster, sums } = this
    for (let at = 0; at < raster.y.length; at += 1) {
      const count = sums[4 * at + 3] || 1
      const of = (n: number) => (sums[4 * at + n] ?? 0) / count
      setRgb(raster, at, [of(0), of(1), of(2)])
    }
    return raster
  }

  private unfilter(): void {
    const { row, above } = this
    const back = Math.max(1, (this.perPixel * this.header.depth) >> 3)
    const filter = row[0] ?? 0
    if (filter === 0) return
    const guess = guesses[filter]
    if (!guess) throw new Error('the data of the picture is broken')
    for (let at = 1; at < row.length; at += 1) {
      const isFirst = at <= back
      const left = isFirst ? 0 : (row[at - back] ?? 0)
      const corner = isFirst ? 0 : (above[at - back] ?? 0)
      row[at] = (row[at] ?? 0) + guess(left, above[at] ?? 0, corner)
    }
  }

  private addUp(): void {
    const { header, raster, sums } = this
    const line = Math.min(raster.height - 1, Math.floor((this.done * raster.height) / header.height))
    // More than this many pixels of a row tell nothing new.
    const step = Math.max(1, Math.floor(header.width / (8 * raster.width)))
    for (let x = 0; x < header.width; x += step) {
      const at = 4 * (line * raster.width + Math.floor((x * raster.width) / header.width))
      const [r, g, b] = this.pixel(x)
      sums[at] = (sums[at] ?? 0) + r
      sums[at + 1] = (sums[at + 1] ?? 0) + g
      sums[at + 2] = (sums[at + 2] ?? 0) + b
      sums[at + 3] = (sums[at + 3] ?? 0) + 1
    }
  }

  private pixel(x: number): [number, number, number] {
    const { colour, depth } = this.header
    const first = this.sample(x * this.perPixel)
    if (colour === 3) {
      const { palette, opacity } = this.chunks
      const of = (n: number) => palette[3 * first + n] ?? 0
      return onWhite([of(0), of(1), of(2)], opacity[first] ?? 255)
    }
    const light = depth < 8 ? (first * 255) / ((1 << depth) - 1) : first
    if (colour === 0) return [light, light, light]
    const of = (n: number) => this.sample(x * this.perPixel + n)
    if (colour === 4) return onWhite([light, light, light], of(1))
    return colour === 2 ? [first, of(1), of(2)] : onWhite([first, of(1), of(2)], of(3))
  }

  /** One sample of the row; of those with sixteen bits the upper eight. */
  private sample(n: number): number {
    const { depth } = this.header
    if (depth === 8) return this.row[1 + n] ?? 0
    if (depth === 16) return this.row[1 + 2 * n] ?? 0
    const bit = n * depth
    return ((this.row[1 + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
  }
}

/** What a byte is likely to be, by those beside it: only the difference is stored. */
const guesses: Readonly<Record<number, (left: number, up: number, corner: number) => number>> = {
  1: (left) => left,
  2: (_left, up) => up,
  3: (left, up) => (left + up) >> 1,
  4: paeth,
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

function onWhite([r, g, b]: readonly [number, number, number], opacity: number): [number, number, number] {
  const over = (value: number) => (value * opacity + 255 * (255 - opacity)) / 255
  return [over(r), over(g), over(b)]
}
