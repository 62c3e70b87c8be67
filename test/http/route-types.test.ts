import { expect, test } from 'vitest'
import { z } from 'zod'
import { RawAnswer, route } from '../../src/http/route.ts'

const Ok = z.object({ ok: z.boolean() })
const base = { path: '/x', id: 'x', summary: 'x', tag: 'Test', scope: 'any' } as const
const get = { ...base, method: 'get' } as const
const post = { ...base, method: 'post' } as const

/** Never called: the compiler checks that each wrong combination is refused. */
function wrongCombinations(): unknown[] {
  return [
    // @ts-expect-error a file and JSON are two inputs
    route({ ...post, response: Ok, body: Ok, upload: true }),
    // @ts-expect-error bytes have no schema unless the route may also answer with JSON
    route({ ...get, raw: 'image/png', response: Ok }),
    // @ts-expect-error a route that may also answer with JSON needs its schema
    route({ ...get, raw: 'image/png', rawOrJson: true }),
    // @ts-expect-error a file is not JSON
    route({ ...get, file: true, response: Ok }),
    // @ts-expect-error only bytes have an ETag
    route({ ...get, response: Ok, etag: true }),
    // @ts-expect-error bytes are never remembered
    route({ ...get, raw: 'image/png', cache: 'until-write' }),
    // @ts-expect-error bytes are never repeated
    route({ ...post, raw: 'image/png', idempotent: true }),
    // @ts-expect-error a write is never remembered
    route({ ...post, response: Ok, cache: 'until-write' }),
    // @ts-expect-error a read repeats itself
    route({ ...get, response: Ok, idempotent: true }),
    // @ts-expect-error a secret that is not repeated needs no seal
    route({ ...post, response: Ok, secret: true }),
    // @ts-expect-error a route answers with something
    route(get),
    // @ts-expect-error a route of bytes does not return JSON
    route({ ...get, raw: 'image/png' }).handle(() => ({ ok: true })),
  ]
}

test('The compiler refuses every wrong combination of input and answer, and accepts the right ones.', () => {
  expect(wrongCombinations).toBeTypeOf('function')
  const right = [
    route({ ...get, response: Ok, cache: 'same-tick' }).handle(() => ({ ok: true })),
    route({ ...post, response: Ok, body: Ok, idempotent: 'beside', secret: true }).handle(({ body }) => body),
    route({ ...post, response: Ok, upload: true, status: 201 }).handle(() => ({ ok: true })),
    route({ ...get, raw: 'image/png', etag: true }).handle(() => new RawAnswer('image/png', '')),
    route({ ...get, raw: 'image/png', rawOrJson: true, response: Ok }).handle(() => ({ ok: true })),
    route({ ...get, file: true }).handle(() => new RawAnswer('image/png', '')),
  ]
  expect(right.map(({ spec }) => spec.id)).toEqual(right.map(() => 'x'))
})
