import { describe, expect, it } from 'vitest'
import { create } from 'qrcode'
import { drawQr } from '../../src/cli/qr.ts'

const key = `${'Ab+/'.repeat(10)}Xyz=`
/** As WhatsApp makes them: a reference of 90 characters, three keys and the platform. */
const realCode = `https://wa.me/settings/linked_devices#2@${'rEf0/'.repeat(17)}xY=,${key},${key},${key},1`

/** What a reader of half blocks sees: true is light. */
function readHalfBlocks(lines: string[]): boolean[][] {
  return lines.flatMap((line) => [
    Array.from(line).map((glyph) => glyph === '▀' || glyph === '█'),
    Array.from(line).map((glyph) => glyph === '▄' || glyph === '█'),
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

/** The modules that should be there, with a light margin. */
function expected(text: string, margin: number): boolean[][] {
  const { modules } = create(text, { errorCorrectionLevel: 'L' })
  const side = Array.from({ length: modules.size + 2 * margin }, (_, i) => i - margin)
  const inside = (i: number) => i >= 0 && i < modules.size
  return side.map((row) =>
    side.map((column) => !(inside(row) && inside(column)) || modules.get(row, column) === 0),
  )
}

function crop(grid: boolean[][], size: number): boolean[][] {
  return grid.slice(0, size).map((row) => row.slice(0, size))
}

describe('drawQr', () => {
  it('is measured with a code as long as a real one', () => {
    expect(realCode.length).toBeGreaterThan(260)
    expect(create(realCode, { errorCorrectionLevel: 'L' }).modules.size).toBe(57)
  })

  it('fits a real code, one line of text and the cursor into 80 × 24', () => {
    const lines = drawQr(realCode, { rows: 24, columns: 80 })
    expect(lines.length + 2).toBeLessThanOrEqual(24)
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(80)
  })

  it('draws in a small window exactly the modules of the code', () => {
    const size = 57 + 2 * 3
    expect(crop(readSextants(drawQr(realCode, { rows: 24, columns: 80 })), size)).toEqual(
      expected(realCode, 3),
    )
  })

  it.each([
    ['a high window', { rows: 50, columns: 120 }],
    ['a pipe', { rows: undefined, columns: undefined }],
  ])('draws half blocks for %s', (_name, room) => {
    const lines = drawQr(realCode, room)
    expect(lines.join('')).toMatch(/^[ ▀▄█]+$/)
    expect(crop(readHalfBlocks(lines), 61)).toEqual(expected(realCode, 2))
  })

  it('fits the longest code that is likely, too', () => {
    const longer = realCode.replace('#2@', `#2@${'x'.repeat(40)}`)
    const lines = drawQr(longer, { rows: 24, columns: 80 })
    expect(lines.length + 2).toBeLessThanOrEqual(24)
  })

  it('keeps a light margin on every side', () => {
    for (const room of [
      { rows: 24, columns: 80 },
      { rows: undefined, columns: undefined },
    ]) {
      const lines = drawQr(realCode, room)
      for (const line of lines) {
        expect(line).toMatch(/^█/u)
        expect(line).toMatch(/[█▌▀▄🬎🬲🬕]$/u)
      }
      expect(lines[0]).toMatch(/^█+[▌]?$/)
    }
  })
})
