import { createRequire } from 'node:module'
import type { QRCode } from 'qrcode'
import type * as HalfBlocks from 'qrcode-terminal'

/** Holds the terminal's size; undefined if unknown, as in a pipe. */
export interface TerminalSize {
  rows: number | undefined
  columns: number | undefined
}

// Sextants have their own Unicode block, except the four that older characters cover.
const sextantsElsewhere = new Map([
  [0, ' '],
  [21, '▌'],
  [42, '▐'],
  [63, '█'],
])
function sextant(bits: number): string {
  const missing = (bits > 21 ? 1 : 0) + (bits > 42 ? 1 : 0)
  return sextantsElsewhere.get(bits) ?? String.fromCodePoint(0x1fb00 + bits - 1 - missing)
}

/** One line of text and the cursor stand below the code. */
const linesBelow = 2

/**
 * Draws a QR code for a dark terminal as lines: characters are light modules, blanks dark ones. A linking code has
 * about 270 characters and needs 57 × 57 modules, which is 30 lines of half blocks. In smaller windows sextants
 * (three modules high, two wide) fit it into 21 of the 24 lines of the smallest usual terminal.
 */
export function drawQr(text: string, room: TerminalSize): string[] {
  const blocks = halfBlocks(text)
  if (fits(blocks.length, blocks[0]?.length ?? 0, room)) return blocks
  const { modules } = load<typeof import('qrcode')>('qrcode').create(text, { errorCorrectionLevel: 'L' })
  const margin = [3, 2, 1].find((margin) => {
    const side = modules.size + 2 * margin
    return fits(Math.ceil(side / 3), Math.ceil(side / 2), room)
  })
  return sextants(modules, margin ?? 1)
}

function fits(rows: number, columns: number, room: TerminalSize): boolean {
  return rows + linesBelow <= (room.rows ?? Infinity) && columns <= (room.columns ?? Infinity)
}

function halfBlocks(text: string): string[] {
  let drawn = ''
  load<typeof HalfBlocks>('qrcode-terminal').generate(text, { small: true }, (code) => {
    drawn = code
  })
  return drawn.trimEnd().split('\n')
}

function sextants(modules: QRCode['modules'], margin: number): string[] {
  const { size } = modules
  const isLight = (row: number, column: number) => {
    const outside = row < 0 || column < 0 || row >= size || column >= size
    return outside || modules.get(row, column) === 0
  }
  const lines: string[] = []
  for (let top = -margin; top < size + margin; top += 3) {
    let line = ''
    for (let left = -margin; left < size + margin; left += 2) {
      let bits = 0
      for (let i = 0; i < 6; i++) {
        if (isLight(top + Math.floor(i / 2), left + (i % 2))) bits |= 1 << i
      }
      line += sextant(bits)
    }
    lines.push(line)
  }
  return lines
}

// Loaded with the first code: most starts have a linked account and draw none.
function load<T>(name: string): T {
  return createRequire(import.meta.url)(name) as T
}
