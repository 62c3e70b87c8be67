import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { shrinkJpeg } from '../../../src/util/preview/jpeg-decode.ts'
import { Pace } from '../../../src/util/preview/pace.ts'
import type { Raster } from '../../../src/util/preview/raster.ts'
import { pictureFacts, thumbnailOf } from '../../../src/util/preview/thumbnail.ts'
import { reading } from '../../support/open-file.ts'
import {
  chunk,
  fullColourJpeg,
  greyJpeg,
  interlacedPng,
  jpegPicture,
  losslessWebp,
  palettePng,
  pngHead,
  pngOf,
  progressiveJpeg,
  turnedJpeg,
  webpPicture,
} from '../../support/pictures.ts'

const factsOf = (bytes: Uint8Array, type: string) =>
  reading(bytes, (file) => pictureFacts(file, `image/${type}`))
const thumbnail = (bytes: Uint8Array, type: string) =>
  reading(bytes, (file) => thumbnailOf(file, `image/${type}`))
const decoded = (bytes: Uint8Array | null) =>
  reading(bytes ?? Buffer.alloc(0), (file) => shrinkJpeg(file, new Pace()))

const quarters = ['red', 'green', 'blue', 'white']

/** The colours in the middle of each quarter, by their names. */
function coloursOf(raster: Raster | null): string[] {
  if (!raster) return []
  return [0.25, 0.75].flatMap((down) =>
    [0.25, 0.75].map((across) => {
      const at = Math.floor(down * raster.height) * raster.width + Math.floor(across * raster.width)
      const [y, cb, cr] = [raster.y[at] ?? 0, raster.cb[at] ?? 0, raster.cr[at] ?? 0]
      if (cr > 200) return 'red'
      if (cb > 200) return 'blue'
      return y > 230 ? 'white' : cb < 80 && cr < 80 ? 'green' : `${y} ${cb} ${cr}`
    }),
  )
}

describe('how large a picture is', () => {
  test.each([
    ['jpeg', jpegPicture],
    ['jpeg', progressiveJpeg],
    ['png', palettePng],
    ['png', interlacedPng],
    ['webp', webpPicture],
    ['webp', losslessWebp],
  ])('is told by its head: %s', async (type, bytes) => {
    expect(await factsOf(bytes, type)).toEqual({ width: 96, height: 64, animated: false })
  })

  test('is told as it is looked at, not as the camera lay', async () => {
    expect(await factsOf(turnedJpeg, 'jpeg')).toMatchObject({ width: 64, height: 96 })
  })

  test('of a sticker that moves says that it does', async () => {
    const head = Buffer.from('524946461600000057454250565038580a00000002000000ff0100ff0100', 'hex')
    expect(await factsOf(head, 'webp')).toEqual({ width: 512, height: 512, animated: true })
  })
})

describe('a small picture', () => {
  test.each([
    ['usual JPEG', jpegPicture],
    ['progressive JPEG', progressiveJpeg],
    ['JPEG in full colour', fullColourJpeg],
  ])('of a %s has its colours', async (_, bytes) => {
    const raster = await decoded(bytes)
    expect([raster?.width, raster?.height, coloursOf(raster)]).toEqual([12, 8, quarters])
  })

  test('of a grey one is grey', async () => {
    const raster = await decoded(greyJpeg)
    expect(raster && [Math.max(...raster.cb), Math.min(...raster.cr), raster.y[0]]).toEqual([128, 128, 126])
  })

  test('of one that was held on its side stands upright', async () => {
    const small = await thumbnail(turnedJpeg, 'jpeg')
    expect(await factsOf(small ?? Buffer.alloc(0), 'jpeg')).toMatchObject({ width: 8, height: 12 })
  })

  test.each([
    ['true colour', { colour: 2, depth: 8 }],
    ['true colour of 16 bits', { colour: 2, depth: 16 }],
    ['true colour that is transparent in parts', { colour: 6, depth: 8 }],
  ])('of a PNG in %s has its colours, whatever its rows are filtered by', async (_, form) => {
    const small = (await thumbnail(pngOf(640, 480, form), 'png')) ?? Buffer.alloc(0)
    expect(small.length).toBeLessThan(4096)
    expect(await factsOf(small, 'jpeg')).toMatchObject({ width: 100, height: 75 })
    expect(coloursOf(await decoded(small))).toEqual(quarters)
  })

  test('of a PNG with numbered colours has them', async () => {
    expect(coloursOf(await decoded(await thumbnail(palettePng, 'png')))).toEqual(quarters)
  })

  test('is not made of what nobody makes: interlaced, or larger than any screen', async () => {
    expect(await thumbnail(interlacedPng, 'png')).toBeNull()
    expect(await thumbnail(webpPicture, 'webp')).toBeNull()
    const bomb = Buffer.from(jpegPicture)
    bomb.writeUInt32BE(0xfffffffe, bomb.indexOf(Buffer.from('ffc0', 'hex')) + 5)
    expect(await thumbnail(bomb, 'jpeg')).toBeNull()
    expect(await factsOf(bomb, 'jpeg')).toMatchObject({ height: 65_535, width: 65_534 })
    expect(await thumbnail(pngHead(65_535, 65_535), 'png')).toBeNull()
    expect(await thumbnail(pngHead(2_000_000, 1), 'png')).toBeNull()
  })
})

describe('a hostile picture', () => {
  test('that swells is read no further than it says that it is large', async () => {
    const bomb = chunk('IDAT', deflateSync(Buffer.alloc(100_000_000)))
    const before = process.memoryUsage().rss
    const small = await thumbnail(Buffer.concat([pngHead(100, 100), bomb]), 'png')
    expect(await factsOf(small ?? Buffer.alloc(0), 'jpeg')).toMatchObject({ width: 100, height: 100 })
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })

  test('in any state of damage does no harm', async () => {
    const good = [jpegPicture, progressiveJpeg, turnedJpeg, palettePng, pngOf(40, 30)]
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let n = 0; n < 300; n += 1) {
      const bytes = Buffer.from(good[n % good.length] ?? jpegPicture)
      for (let hits = 0; hits < 4; hits += 1) bytes[random(bytes.length)] = random(256)
      const cut = n % 3 === 0 ? bytes.subarray(0, random(bytes.length)) : bytes
      const type = n % good.length < 3 ? 'jpeg' : 'png'
      const failed = (error: unknown) => {
        expect(error).toBeInstanceOf(Error)
        return null
      }
      const small = await thumbnail(cut, type).catch(failed)
      await factsOf(cut, type).catch(failed)
      if (small) expect(await factsOf(small, 'jpeg')).toMatchObject({ animated: false })
    }
  })

  test('that is no picture is none', async () => {
    for (const type of ['jpeg', 'png', 'webp', 'heic']) {
      expect(await factsOf(Buffer.from('<html></html>'.repeat(9)), type)).toBeUndefined()
      expect(await thumbnail(Buffer.alloc(0), type)).toBeNull()
    }
  })
})
