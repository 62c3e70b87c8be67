import { createRequire } from 'node:module'
import type { QRCode } from 'qrcode'

/** The room that a code has; undefined where nobody knows, as in a pipe. */
export interface Room {
  rows: number | undefined
  columns: number | undefined
}

interface Style {
  /** Modules of the code in one character. */
  wide: number
  high: number
  glyph(bits: number): string
}

const halfBlocks: Style = { wide: 1, high: 2, glyph: (bits) => ' ▀▄█'.charAt(bits) }

// Sextants have their own block of Unicode, but the four that are older characters are left out of it.
const sextantsElsewhere = new Map([
  [0, ' '],
  [21, '▌'],
  [42, '▐'],
  [63, '█'],
])
const sextants: Style = {
  wide: 2,
  high: 3,
  glyph(bits) {
    const missing = (bits > 21 ? 1 : 0) + (bits > 42 ? 1 : 0)
    return sextantsElsewhere.get(bits) ?? String.fromCodePoint(0x1fb00 + bits - 1 - missing)
  },
}

/** Below the code stand one line of text and the cursor. */
const linesBelow = 2

/**
 * The lines of a QR code for a dark terminal: characters are the light modules, blanks the dark ones. A linking code has
 * some 270 characters and needs 57 × 57 modules, which is 30 lines of half blocks. Where the window has fewer, sextants
 * (three modules high, two wide) fit it into 21 of the 24 lines of the smallest usual terminal.
 */
export function drawQr(text: string, room: Room): string[] {
  const { modules } = encode(text)
  for (const { style, margins } of [
    { style: halfBlocks, margins: [2, 1] },
    { style: sextants, margins: [3, 2, 1] },
  ]) {
    const margin = margins.find((margin) => fits(modules.size + 2 * margin, style, room))
    if (margin !== undefined) return paint(modules, margin, style)
  }
  return paint(modules, 1, sextants)
}

function fits(size: number, style: Style, room: Room): boolean {
  const rows = Math.ceil(size / style.high) + linesBelow
  return rows <= (room.rows ?? Infinity) && Math.ceil(size / style.wide) <= (room.columns ?? Infinity)
}

function paint(modules: QRCode['modules'], margin: number, style: Style): string[] {
  const { size } = modules
  const isLight = (row: number, column: number) => {
    const outside = row < 0 || column < 0 || row >= size || column >= size
    return outside || modules.get(row, column) === 0
  }
  const lines: string[] = []
  for (let top = -margin; top < size + margin; top += style.high) {
    let line = ''
    for (let left = -margin; left < size + margin; left += style.wide) {
      let bits = 0
      for (let i = 0; i < style.wide * style.high; i++) {
        if (isLight(top + Math.floor(i / style.wide), left + (i % style.wide))) bits |= 1 << i
      }
      line += style.glyph(bits)
    }
    lines.push(line)
  }
  return lines
}

// Loaded when the first code is drawn: most starts are of a linked account and draw none.
function encode(text: string): QRCode {
  const qrcode = createRequire(import.meta.url)('qrcode') as typeof import('qrcode')
  return qrcode.create(text, { errorCorrectionLevel: 'L' })
}
