import type { FileReader } from './file-reader.ts'
import { JpegBits } from './jpeg-bits.ts'
import type { HuffmanTable } from './jpeg-bits.ts'
import { JpegSegments } from './jpeg-segments.ts'
import type { JpegComponent, JpegFrame, JpegHead, JpegScan } from './jpeg-segments.ts'
import type { Pace } from './pace.ts'
import { makeRaster, setRgb, thumbnailSize } from './raster.ts'
import type { Raster } from './raster.ts'

/** The largest picture that is looked into: four times what phones take. */
const mostPixels = 64_000_000

/** A colour of the picture with one sample for each block of eight by eight pixels. */
interface Plane extends JpegComponent {
  columns: number
  rows: number
  /** Without those that only fill up the last unit. */
  shownColumns: number
  shownRows: number
  samples: Uint8ClampedArray
}

/** How large a JPEG is and how it was held, without a look at its data; undefined where it is none. */
export async function jpegSize(
  file: FileReader,
): Promise<{ width: number; height: number; orientation: number } | undefined> {
  const found = await new JpegSegments(file).untilScan()
  if (!found || found.head.frame.width === 0 || found.head.frame.height === 0) return undefined
  const { width, height } = found.head.frame
  return { width, height, orientation: found.head.orientation }
}

/**
 * A JPEG at an eighth of its size or less: each block's first coefficient is its mean, and nothing else of it is computed or
 * kept. A picture of twelve megapixels costs half a megabyte, where decoding it takes two hundred. Null for variants that
 * nobody makes and for what is larger than anybody's.
 * @throws where the data is broken
 */
export async function shrinkJpeg(file: FileReader, pace: Pace): Promise<Raster | null> {
  const segments = new JpegSegments(file)
  const first = await segments.untilScan()
  if (!first || !isDecodable(first.head.frame)) return null
  const planes = planesOf(first.head.frame)
  const missing = new Set(planes.map(({ id }) => id))
  for (let next: typeof first | undefined = first; next?.scan.isFirst && missing.size > 0;) {
    const bits: JpegBits = new JpegBits(file, next.scan.position)
    await readScan(bits, { ...next, planes, pace })
    for (const { id } of next.scan.components) missing.delete(id)
    next = missing.size === 0 ? undefined : await segments.untilScan(bits.position)
  }
  return missing.size === 0 ? shrunk(planes, first.head) : null
}

function isDecodable({ width, height, usual }: JpegFrame): boolean {
  return usual && width > 0 && height > 0 && width * height <= mostPixels
}

function planesOf({ width, height, components }: JpegFrame): Plane[] {
  const [widest, highest] = [
    Math.max(...components.map(({ h }) => h)),
    Math.max(...components.map(({ v }) => v)),
  ]
  const [unitsAcross, unitsDown] = [Math.ceil(width / (8 * widest)), Math.ceil(height / (8 * highest))]
  return components.map((component) => {
    const { h, v } = component
    const [columns, rows] = [unitsAcross * h, unitsDown * v]
    return {
      ...component,
      columns,
      rows,
      shownColumns: Math.ceil((width * h) / widest / 8),
      shownRows: Math.ceil((height * v) / highest / 8),
      samples: new Uint8ClampedArray(columns * rows).fill(128),
    }
  })
}

interface Coded {
  plane: Plane
  dc: HuffmanTable
  ac: HuffmanTable | undefined
  factor: number
  /** The mean of the block before: each says only how it differs. */
  last: number
}

interface ScanWork {
  head: JpegHead
  scan: JpegScan
  planes: readonly Plane[]
  pace: Pace
}

async function readScan(bits: JpegBits, { head, scan, planes, pace }: ScanWork): Promise<void> {
  const coded = scan.components.map(({ id, dc, ac }): Coded => {
    const plane = planes.find((each) => each.id === id)
    const [dcTable, acTable] = [head.dc.get(dc), head.frame.progressive ? undefined : head.ac.get(ac)]
    const factor = plane && head.factors.get(plane.quantization)
    if (!plane || !dcTable || factor === undefined || (!acTable && !head.frame.progressive)) {
      throw new Error('a table of the picture is missing')
    }
    // An eighth of the first coefficient is the mean of the block.
    return { plane, dc: dcTable, ac: acTable, factor: (factor * 2 ** scan.shift) / 8, last: 0 }
  })
  const [first] = coded
  if (!first || coded.length > planes.length) throw new Error('the picture has too many colours')
  // Alone, a colour is stored block by block, without those that fill up the last unit.
  const alone = coded.length === 1
  const across = alone ? first.plane.shownColumns : first.plane.columns / first.plane.h
  const down = alone ? first.plane.shownRows : first.plane.rows / first.plane.v
  for (let unit = 0; unit < across * down; unit += 1) {
    if (bits.isLow()) await bits.load()
    if (unit > 0 && head.restartInterval > 0 && unit % head.restartInterval === 0) {
      if (!bits.restart()) return
      for (const each of coded) each.last = 0
    }
    if (bits.isOver) return
    const [x, y] = [unit % across, Math.floor(unit / across)]
    if (x === 0 && pace.isDue()) await pace.rest()
    for (const each of coded) readUnit(bits, each, alone ? { x, y, h: 1, v: 1 } : { x, y, ...sizeOf(each) })
  }
}

const sizeOf = ({ plane: { h, v } }: Coded) => ({ h, v })

function readUnit(
  bits: JpegBits,
  coded: Coded,
  { x, y, h, v }: { x: number; y: number; h: number; v: number },
): void {
  const { plane, factor } = coded
  for (let row = 0; row < v; row += 1) {
    for (let column = 0; column < h; column += 1) {
      const mean = readBlock(bits, coded)
      plane.samples[(y * v + row) * plane.columns + x * h + column] = mean * factor + 128
    }
  }
}

/** The first coefficient of a block; the others are passed over. */
function readBlock(bits: JpegBits, coded: Coded): number {
  coded.last += bits.receive(bits.decode(coded.dc) & 15)
  const { ac } = coded
  if (ac === undefined) return coded.last
  for (let k = 1; k < 64;) {
    const symbol = bits.decode(ac)
    const size = symbol & 15
    if (size === 0) {
      if (symbol !== 0xf0) break
      k += 16
    } else {
      k += (symbol >> 4) + 1
      bits.skip(size)
    }
  }
  return coded.last
}

function shrunk(planes: readonly Plane[], head: JpegHead): Raster | null {
  const [y, cb, cr] = planes
  if (!y) return null
  const full = thumbnailSize(head.frame.width, head.frame.height)
  const width = Math.min(full.width, y.shownColumns)
  const height = Math.min(full.height, y.shownRows)
  const raster = makeRaster(width, height)
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = row * width + column
      const spot = {
        left: column / width,
        right: (column + 1) / width,
        top: row / height,
        bottom: (row + 1) / height,
      }
      const light = meanOf(y, spot)
      if (!cb || !cr) raster.y[at] = light
      else if (head.rgb) setRgb(raster, at, [light, meanOf(cb, spot), meanOf(cr, spot)])
      else {
        raster.y[at] = light
        raster.cb[at] = meanOf(cb, spot)
        raster.cr[at] = meanOf(cr, spot)
      }
    }
  }
  return raster
}

/** The mean of the samples in a part of the plane, whose edges are given as parts of the whole. */
function meanOf(
  { columns, shownColumns, shownRows, samples }: Plane,
  spot: { left: number; right: number; top: number; bottom: number },
): number {
  const [x0, y0] = [Math.floor(spot.left * shownColumns), Math.floor(spot.top * shownRows)]
  const x1 = Math.max(x0 + 1, Math.floor(spot.right * shownColumns))
  const y1 = Math.max(y0 + 1, Math.floor(spot.bottom * shownRows))
  let sum = 0
  for (let y = y0; y < y1; y += 1) {
    for (let x = x0; x < x1; x += 1) sum += samples[y * columns + x] ?? 128
  }
  return sum / ((x1 - x0) * (y1 - y0))
}
