import type { Raster } from './raster.ts'

/** The order in which the coefficients of a block stand in a file (ITU-T T.81, figure A.6). */
const zigzag = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
]
/** By how much the coefficients are divided, in that order: the table of annex K.1, which is about half of full quality. */
const divisors = Buffer.from(
  '100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933' +
    '383740485c4e404457453738506d51575f626768673e4d71797064785c656763',
  'hex',
)
/** How many codes there are of each length, and then what they stand for: tables K.3 and K.5. */
const dcTable = Buffer.from('00010501010101010100000000000000000102030405060708090a0b', 'hex')
const acTable = Buffer.from(
  '0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f024336272' +
    '82090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a73747576777879' +
    '7a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8' +
    'd9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  'hex',
)

/** By symbol: its code and how long that is. */
type Codes = ReadonlyMap<number, readonly [code: number, length: number]>

function codesOf(table: Buffer): Codes {
  const codes = new Map<number, readonly [number, number]>()
  let code = 0
  let at = 16
  for (let length = 1; length <= 16; length += 1, code <<= 1) {
    for (let n = table[length - 1] ?? 0; n > 0; n -= 1) {
      codes.set(table[at] ?? 0, [code, length])
      code += 1
      at += 1
    }
  }
  return codes
}

const dcCodes = codesOf(dcTable)
const acCodes = codesOf(acTable)
const endOfBlock = 0x00
const sixteenZeros = 0xf0

/** The cosines of the transform, by frequency and place. */
const cosines = Float64Array.from({ length: 64 }, (_, n) => {
  const [frequency, place] = [n >> 3, n & 7]
  return (Math.cos(((2 * place + 1) * frequency * Math.PI) / 16) * (frequency === 0 ? Math.SQRT1_2 : 1)) / 2
})

/** A small picture as a baseline JPEG file. */
export function encodeJpeg(raster: Raster): Buffer {
  const bits = new BitWriter()
  const planes = [raster.y, raster.cb, raster.cr].map((samples) => ({ samples, last: 0 }))
  const block = new Float64Array(64)
  for (let top = 0; top < raster.height; top += 8) {
    for (let left = 0; left < raster.width; left += 8) {
      for (const plane of planes) {
        cut(plane.samples, raster, { left, top, block })
        plane.last = writeBlock(bits, transformed(block), plane.last)
      }
    }
  }
  return Buffer.concat([headOf(raster), bits.end(), Buffer.from('ffd9', 'hex')])
}

function headOf({ width, height }: Raster): Buffer {
  const frame = Buffer.from('ffc00011080000000003011100021100031100', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([
    Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb004300', 'hex'),
    divisors,
    frame,
    Buffer.from('ffc4001f00', 'hex'),
    dcTable,
    Buffer.from('ffc400b510', 'hex'),
    acTable,
    Buffer.from('ffda000c03010002000300003f00', 'hex'),
  ])
}

/** One block of a plane, around zero; at the edges the last sample is repeated. */
function cut(
  samples: Uint8ClampedArray,
  { width, height }: Raster,
  { left, top, block }: { left: number; top: number; block: Float64Array },
): void {
  for (let n = 0; n < 64; n += 1) {
    const [x, y] = [Math.min(left + (n & 7), width - 1), Math.min(top + (n >> 3), height - 1)]
    block[n] = (samples[y * width + x] ?? 0) - 128
  }
}

/** The coefficients of a block (annex A.3.3): first along its rows, then along its columns. */
function transformed(block: Float64Array): Float64Array {
  return alongColumns(alongColumns(block))
}

/** Transforms each column and lays the result on its side. */
function alongColumns(block: Float64Array): Float64Array {
  const result = new Float64Array(64)
  for (let column = 0; column < 8; column += 1) {
    for (let frequency = 0; frequency < 8; frequency += 1) {
      let sum = 0
      for (let place = 0; place < 8; place += 1) {
        sum += (block[8 * place + column] ?? 0) * (cosines[8 * frequency + place] ?? 0)
      }
      result[8 * column + frequency] = sum
    }
  }
  return result
}

/** Returns the block's mean, from which the next one is told. */
function writeBlock(bits: BitWriter, coefficients: Float64Array, last: number): number {
  const values = zigzag.map((from, n) => Math.round((coefficients[from] ?? 0) / (divisors[n] ?? 1)))
  const [mean = 0] = values
  writeValue(bits, dcCodes, { zeros: 0, value: mean - last })
  let zeros = 0
  for (const value of values.slice(1)) {
    if (value === 0) {
      zeros += 1
      continue
    }
    for (; zeros > 15; zeros -= 16) bits.write(...codeOf(acCodes, sixteenZeros))
    writeValue(bits, acCodes, { zeros, value })
    zeros = 0
  }
  if (zeros > 0) bits.write(...codeOf(acCodes, endOfBlock))
  return mean
}

/** How long a number is, as a code, and then its bits; of a negative one those of one less. */
function writeValue(bits: BitWriter, codes: Codes, { zeros, value }: { zeros: number; value: number }): void {
  const size = value === 0 ? 0 : 32 - Math.clz32(Math.abs(value))
  bits.write(...codeOf(codes, (zeros << 4) | size))
  bits.write(value < 0 ? value - 1 + (1 << size) : value, size)
}

function codeOf(codes: Codes, symbol: number): readonly [number, number] {
  const code = codes.get(symbol)
  if (!code) throw new Error('a coefficient is too large for a JPEG')
  return code
}

class BitWriter {
  private readonly bytes: number[] = []
  private hold = 0
  private count = 0

  /** The lowest `length` bits of a number, at most sixteen. */
  write(value: number, length: number): void {
    this.hold = (this.hold << length) | value
    this.count += length
    while (this.count >= 8) {
      this.count -= 8
      const byte = (this.hold >> this.count) & 255
      this.bytes.push(byte)
      // Behind this one a zero says that it is no marker.
      if (byte === 255) this.bytes.push(0)
    }
    this.hold &= (1 << this.count) - 1
  }

  /** The last byte is filled up with ones. */
  end(): Buffer {
    if (this.count > 0) this.write((1 << (8 - this.count)) - 1, 8 - this.count)
    return Buffer.from(this.bytes)
  }
}
