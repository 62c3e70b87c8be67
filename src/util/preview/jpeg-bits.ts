import type { FileReader } from './file-reader.ts'

/** For each sixteen bits: the length of the code that they begin with, times 256, plus what it stands for. */
export type HuffmanTable = Uint16Array

/** The codes of ITU-T T.81, annex C. @throws where there are more codes than bits to tell them apart */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65_536)
  let [next, symbol] = [0, 0]
  for (const [n, count] of counts.entries()) {
    const length = n + 1
    const span = 1 << (16 - length)
    for (let each = 0; each < count; each += 1) {
      if (next + span > 65_536) throw new Error('a table of the picture is broken')
      table.fill((length << 8) | (symbols[symbol] ?? 0), next, next + span)
      next += span
      symbol += 1
    }
  }
  return table
}

const chunkBytes = 64 * 1024
/** More than the largest unit of a picture can have: three colours with sixteen blocks each. */
const reserve = 32 * 1024

/** The bits of a picture's data, read from the file as they are wanted. */
export class JpegBits {
  private readonly file: FileReader
  private data: Buffer = Buffer.alloc(0)
  private start: number
  private at = 0
  private hold = 0
  private count = 0
  /** How many of the bits at hand are zeros that stand in no file. */
  private invented = 0
  private ended = false

  constructor(file: FileReader, position: number) {
    this.file = file
    this.start = position
  }

  /** Where the data ended, in the file. */
  get position(): number {
    return this.start + this.at
  }

  /** Whether there is nothing but zeros any more. */
  get isOver(): boolean {
    return this.ended && this.count <= this.invented
  }

  /** Whether {@link load} is to be called before the next unit is read. */
  isLow(): boolean {
    return this.data.length - this.at < reserve && this.start + this.data.length < this.file.size
  }

  async load(): Promise<void> {
    const rest = this.data.subarray(this.at)
    const more = await this.file.at(this.start + this.data.length, chunkBytes)
    this.start += this.at
    this.at = 0
    this.data = Buffer.concat([rest, more])
    // The file is shorter than it was.
    if (more.length === 0) this.ended = true
  }

  /** What the next code stands for. */
  decode(table: HuffmanTable): number {
    this.fill()
    const entry = table[(this.hold >>> (this.count - 16)) & 0xffff] ?? 0
    if (entry === 0) throw new Error('the data of the picture is broken')
    this.count -= entry >> 8
    return entry & 255
  }

  /** A number of so many bits, at most sixteen; those that begin with a zero are negative (annex F.2.2.1). */
  receive(bits: number): number {
    if (bits === 0) return 0
    this.fill()
    const value = (this.hold >>> (this.count - bits)) & ((1 << bits) - 1)
    this.count -= bits
    return value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value
  }

  skip(bits: number): void {
    this.fill()
    this.count -= bits
  }

  /** Goes to the data behind a restart marker; false where there is none. */
  restart(): boolean {
    const marker = this.data[this.at + 1] ?? 0
    if (this.data[this.at] !== 0xff || marker < 0xd0 || marker > 0xd7) return false
    this.at += 2
    this.count = 0
    this.invented = 0
    this.ended = false
    return true
  }

  private fill(): void {
    while (this.count <= 16) {
      this.hold = (this.hold << 8) | this.nextByte()
      this.count += 8
    }
  }

  /** Zeros from the first marker on: only whole numbers of bytes stand before it. */
  private nextByte(): number {
    const byte = this.data[this.at]
    this.ended ||= byte === undefined || (byte === 0xff && this.data[this.at + 1] !== 0)
    if (byte === undefined || this.ended) {
      this.invented += 8
      return 0
    }
    this.at += byte === 0xff ? 2 : 1
    return byte
  }
}
