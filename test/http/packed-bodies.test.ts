import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { routes } from './kernel-routes.ts'
import { goodKey, startKernel } from './kernel.ts'
import type { Kernel } from './kernel.ts'

let kernel: Kernel
beforeAll(async () => void (kernel = await startKernel(routes, { bodyLimitBytes: 100_000 })))
afterAll(() => kernel.server.stop())

const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
const encodings = Object.keys(packers) as (keyof typeof packers)[]

async function post(encoding: string, body: Uint8Array): Promise<number> {
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
  const authorization = { authorization: `Bearer ${goodKey}` }
  const url = `http://127.0.0.1:${kernel.port}/echo`
  const response = await fetch(url, { method: 'POST', headers: { ...headers, ...authorization }, body })
  await response.text()
  return response.status
}

test.each(encodings)(
  'a body in %s is read, and junk, torn or too large ones are the client’s fault',
  async (encoding) => {
    const good = packers[encoding](Buffer.from('{"name":"a"}'))
    expect(await post(encoding, good)).toBe(201)
    expect(await post(encoding, Buffer.from('this is not packed at all, not in the least'))).toBe(400)
    expect(await post(encoding, good.subarray(0, good.length - 3))).toBe(400)
    expect(await post(encoding, Buffer.alloc(0))).toBeLessThan(500)
    expect(await post(encoding, packers[encoding](Buffer.alloc(10_000_000, 32)))).toBe(413)
    expect(kernel.lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
  },
)

test('a packed body that goes on without anything coming out of it is ended', async () => {
  // Empty metadata blocks of brotli: bytes without content.
  const head = Buffer.from([0x0b])
  expect(await post('br', Buffer.concat([head, Buffer.alloc(3_000_000, 0x06)]))).toBeGreaterThanOrEqual(400)
  expect(await post('gzip', gzipSync(Buffer.from('{"name":"a"}')))).toBe(201)
})
