import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pictureFacts, thumbnailOf } from '../../../../src/features/media/preview/picture.ts'
import * as pictures from '../../../support/pictures.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zaguan-pictures-'))
})

afterAll(() => rm(folder, { recursive: true }))

let count = 0
async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, String((count += 1)))
  await writeFile(path, bytes)
  return path
}
const factsOf = async (bytes: Uint8Array) => pictureFacts(await fileOf(bytes))
const thumbnail = async (bytes: Uint8Array) => thumbnailOf(await fileOf(bytes))

/** The colours in the middle of each quarter, by their names. */
async function coloursOf(jpeg: Uint8Array): Promise<string[]> {
  const { data, info } = await sharp(await fileOf(jpeg))
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const bits = (at: number) => [0, 1, 2].map((n) => ((data[at + n] ?? 0) > 128 ? 1 : 0)).join('')
  const names = new Map([
    ['100', 'red'],
    ['010', 'green'],
    ['001', 'blue'],
    ['111', 'white'],
  ])
  return [0.25, 0.75].flatMap((down) =>
    [0.25, 0.75].map((across) => {
      const pixel = Math.floor(down * info.height) * info.width + Math.floor(across * info.width)
      return names.get(bits(pixel * info.channels)) ?? bits(pixel * info.channels)
    }),
  )
}

const kinds = [
  ['JPEG', pictures.jpegPicture],
  ['progressive JPEG', pictures.progressiveJpeg],
  ['PNG with numbered colours', pictures.palettePng],
  ['PNG of 16 bits', pictures.deepPng],
  ['WebP', pictures.webpPicture],
  ['GIF', pictures.gifPicture],
] as const

describe('how large a picture is', () => {
  test.each(kinds)('is told: %s', async (_, bytes) => {
    expect(await factsOf(bytes)).toEqual({ width: 96, height: 64, animated: false })
  })

  test('is told as it is looked at, not as the camera lay', async () => {
    expect(await factsOf(pictures.turnedJpeg)).toMatchObject({ width: 64, height: 96 })
  })

  test('of a sticker that moves says that it does', async () => {
    expect(await factsOf(pictures.movingWebp)).toEqual({ width: 96, height: 64, animated: true })
  })
})

describe('a small picture', () => {
  test.each(kinds)('of a %s has its colours', async (_, bytes) => {
    expect(await coloursOf(await thumbnail(bytes))).toEqual(['red', 'green', 'blue', 'white'])
  })

  test('is small, and no larger than the picture', async () => {
    const small = await thumbnail(await pictures.pngOf(640, 480))
    expect(small.length).toBeLessThan(4096)
    expect(await factsOf(small)).toMatchObject({ width: 100, height: 75 })
    expect(await factsOf(await thumbnail(pictures.greyJpeg))).toMatchObject({ width: 96, height: 64 })
  })

  test('of one that was held on its side stands upright', async () => {
    expect(await factsOf(await thumbnail(pictures.turnedJpeg))).toMatchObject({ width: 64, height: 96 })
  })
})

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

function png(width: number, height: number, data: Uint8Array): Buffer {
  const head = Buffer.from('00000000000000000802000000', 'hex')
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  const parts = [chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts])
}

/** A picture of one colour, which is small as a file and large in memory. */
const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'red' }, limitInputPixels: false })

pictures.readFromMemory()
const frames = [plain(2001, 2000), plain(2001, 2000).negate()].map((frame) => frame.png().toBuffer())
const largeMoving = await sharp(await Promise.all(frames), { join: { animated: true } })
  .webp()
  .toBuffer()

describe('a large picture', () => {
  test('is made small up to what phones take', async () => {
    expect((await thumbnail(await plain(4000, 3990).png().toBuffer())).length).toBeGreaterThan(100)
    expect((await thumbnail(await plain(4000, 3990).jpeg().toBuffer())).length).toBeGreaterThan(100)
  })

  test.each([
    ['PNG', () => plain(4001, 4000).png()],
    ['JPEG', () => plain(4001, 4000).jpeg()],
    ['WebP', () => plain(4001, 4000).webp()],
    ['GIF', () => plain(4001, 4000).gif()],
    ['interlaced PNG', () => plain(2001, 2000).png({ progressive: true })],
    ['interlaced PNG of 16 bits', () => plain(2001, 2000).toColourspace('rgb16').png({ progressive: true })],
    ['progressive JPEG', () => plain(2001, 2000).jpeg({ progressive: true })],
    ['turned PNG', () => plain(2001, 2000).withMetadata({ orientation: 6 }).png()],
  ])('is left as it is beyond: %s', async (_, picture) => {
    const bytes = await picture().toBuffer()
    expect(await factsOf(bytes)).toMatchObject({ animated: false })
    await expect(thumbnail(bytes)).rejects.toThrow(/pixels, of at most/)
  })

  test('that moves is left as it is beyond less', async () => {
    await expect(thumbnail(largeMoving)).rejects.toThrow(/pixels, of at most/)
  })

  test('that is interlaced is made small up to the limit, however many come at once', async () => {
    const bytes = await plain(2000, 2000).png({ progressive: true }).toBuffer()
    const before = process.memoryUsage().rss
    const all = await Promise.all(Array.from({ length: 6 }, () => thumbnail(bytes)))
    expect(all).toHaveLength(6)
    expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000)
  })
})

describe('a hostile picture', () => {
  test('that is larger than any screen is not looked into', async () => {
    const bomb = png(65_535, 65_535, deflateSync(Buffer.alloc(10_000_000)))
    await expect(factsOf(bomb)).rejects.toThrow('pixel limit')
    await expect(thumbnail(bomb)).rejects.toThrow('pixel limit')
  })

  test('that swells is read no further than it says that it is large', async () => {
    const bomb = png(100, 100, deflateSync(Buffer.alloc(100_000_000)))
    const before = process.memoryUsage().rss
    await thumbnail(bomb).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })

  test.each([
    [
      'SVG',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    ],
    ['HTML', '<html></html>'.repeat(9)],
    ['nothing', ''],
  ])('that is %s is none', async (_, text) => {
    await expect(factsOf(Buffer.from(text))).rejects.toThrow()
    await expect(thumbnail(Buffer.from(text))).rejects.toThrow()
  })
})
