import jsqr from 'jsqr'
import { describe, expect, it } from 'vitest'
import { create } from 'qrcode'
import { drawQr } from '../../src/cli/screen/qr.ts'
import type { TerminalSize } from '../../src/cli/screen/qr.ts'

// Its declarations describe an ES module; what Node gets is the function itself.
const jsQR = jsqr as unknown as typeof jsqr.default

const key = `${'Ab+/'.repeat(10)}Xyz=`
/** As WhatsApp makes them: a reference of 90 characters, three keys and the platform. */
const realCode = `https://wa.me/settings/linked_devices#2@${'rEf0/'.repeat(17)}xY=,${key},${key},${key},1`

/** Reads half blocks as modules: true is light. */
function readHalfBlocks(lines: string[]): boolean[][] {
  return lines.flatMap((line) => [
    Array.from(line, (glyph) => glyph === '▀' || glyph === '█'),
    Array.from(line, (glyph) => glyph === '▄' || glyph === '█'),
  ])
}

/** The six cells of a sextant, by the names of Unicode: 1 2 above, 3 4 in the middle, 5 6 below. */
function sextantBits(glyph: string): number {
  const old = [' ', '▌', '▐', '█'].indexOf(glyph)
  if (old >= 0) return [0, 0b010101, 0b101010, 0b111111][old] ?? 0
  const all = Array.from({ length: 64 }, (_, bits) => bits).filter((bits) => ![0, 21, 42, 63].includes(bits))
  return all[(glyph.codePointAt(0) ?? 0) - 0x1fb00] ?? Number.NaN
}

function readSextants(lines: string[]): boolean[][] {
  return lines.flatMap((line) =>
    [0, 1, 2].map((row) =>
      Array.from(line).flatMap((glyph) =>
        [0, 1].map((column) => (sextantBits(glyph) & (1 << (row * 2 + column))) !== 0),
      ),
    ),
  )
}

/** Decodes a drawing on a dark terminal as a camera does: each module is a square of some pixels. */
function scan(grid: boolean[][]): string | undefined {
  const scale = 5
  const border = 4
  const width = (Math.max(...grid.map((row) => row.length)) + 2 * border) * scale
  const height = (grid.length + 2 * border) * scale
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const light = grid[Math.floor(y / scale) - border]?.[Math.floor(x / scale) - border] === true
      pixels.set([light ? 255 : 0, light ? 255 : 0, light ? 255 : 0, 255], (y * width + x) * 4)
    }
  }
  return jsQR(pixels, width, height)?.data
}

const small: TerminalSize = { rows: 24, columns: 80 }

describe('the drawn code', () => {
  it('is measured with a code as long as a real one', () => {
    expect(realCode.length).toBeGreaterThan(260)
    expect(create(realCode, { errorCorrectionLevel: 'L' }).modules.size).toBe(57)
  })

  it('fits a real code, one line of text and the cursor into 80 × 24', () => {
    const lines = drawQr(realCode, small)
    expect(lines.length + 2).toBeLessThanOrEqual(24)
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(80)
  })

  it('can be scanned from a small window', () => {
    expect(scan(readSextants(drawQr(realCode, small)))).toBe(realCode)
  })

  it.each([
    ['a high window', { rows: 50, columns: 120 }],
    ['a pipe', { rows: undefined, columns: undefined }],
  ])('is drawn in half blocks and can be scanned from %s', (_, room) => {
    const lines = drawQr(realCode, room)
    expect(lines.join('')).toMatch(/^[ ▀▄█]+$/)
    expect(scan(readHalfBlocks(lines))).toBe(realCode)
  })

  it('fits a short code into 24 lines of half blocks', () => {
    const lines = drawQr('https://wa.me/settings', small)
    expect(lines.length + 2).toBeLessThanOrEqual(24)
    expect(scan(readHalfBlocks(lines))).toBe('https://wa.me/settings')
  })
})
