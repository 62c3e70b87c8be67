import { expect, test } from 'vitest'
import { withMinimumPace } from '../../src/net/minimum-pace.ts'

const pace = { bytesPerSecond: 1000, stretchMs: 100 }
const tooSlow = () => new Error('too slow')
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function sizeOf(source: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0
  for await (const piece of source) size += piece.length
  return size
}

async function* pieces(count: number, bytes: number, everyMs: number) {
  for (let n = 0; n < count; n++) {
    await later(everyMs)
    yield new Uint8Array(bytes)
  }
}

test('a source that keeps the pace is read to its end', async () => {
  expect(await sizeOf(withMinimumPace(pieces(12, 200, 30), tooSlow, pace))).toBe(2400)
  expect(await sizeOf(withMinimumPace(pieces(0, 1, 1), tooSlow, pace))).toBe(0)
})

test('a source that drips is left', async () => {
  await expect(sizeOf(withMinimumPace(pieces(100, 1, 20), tooSlow, pace))).rejects.toThrow('too slow')
})

test('a silent source is left without waiting for it', async () => {
  const silent = (async function* () {
    yield new Uint8Array(1000)
    await new Promise(() => undefined)
  })()
  await expect(sizeOf(withMinimumPace(silent, tooSlow, pace))).rejects.toThrow('too slow')
})

test('the reader’s own time does not count against the source', async () => {
  const read: number[] = []
  for await (const piece of withMinimumPace(pieces(5, 10, 1), tooSlow, pace)) {
    await later(60)
    read.push(piece.length)
  }
  expect(read).toEqual([10, 10, 10, 10, 10])
})

test('an error of the source is thrown, and a reader that leaves early ends it', async () => {
  const broken = (async function* () {
    yield new Uint8Array(1)
    throw new Error('broken')
  })()
  await expect(sizeOf(withMinimumPace(broken, tooSlow, pace))).rejects.toThrow('broken')
  let ended = false
  const long = (async function* () {
    try {
      for (;;) yield new Uint8Array(1)
    } finally {
      ended = true
    }
  })()
  for await (const _ of withMinimumPace(long, tooSlow, pace)) break
  await later(0)
  expect(ended).toBe(true)
})
