import { z } from 'zod'
import { AppError } from '../../src/core/errors.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { RawAnswer, route } from '../../src/http/route.ts'
import type { Route } from '../../src/http/route.ts'
import { simple } from './kernel.ts'

const okBody = z.object({ ok: z.boolean() })
const described = { summary: 'x', tag: 'Test' } as const
const basis = { ...described, response: okBody }
const echoBody = z.strictObject({ name: z.string().max(5), tags: z.array(z.enum(['a', 'b'])).optional() })

let calls = 0
/** Routes that try everything the kernel does. */
export const routes: Route[] = [
  simple('/public'),
  simple('/things/:id', 'things.get'),
  simple('/things/special', 'things.special'),
  route({ ...basis, method: 'get', path: '/messages', id: 'messages', scope: 'read:messages' }).handle(
    () => ({ ok: true }),
  ),
  route({ ...basis, method: 'get', path: '/any', id: 'any', scope: 'any' }).handle(() => ({ ok: true })),
  route({ ...basis, method: 'get', path: '/chats', id: 'chats', scope: 'read:conversations' }).handle(() => ({
    ok: true,
  })),
  route({
    ...basis,
    method: 'get',
    path: '/flags',
    id: 'flags',
    scope: null,
    query: z.strictObject({ on: z.stringbool() }),
  }).handle(({ query }) => ({ ok: query.on })),
  route({
    ...basis,
    tag: 'BOTON',
    method: 'get',
    path: '/documented',
    id: 'documented.get',
    scope: null,
    query: z.strictObject({ page: z.string() }),
    response: z.object({ page: z.string() }),
  }).handle(({ query }) => query),
  route({
    ...basis,
    tag: 'Botssy',
    method: 'post',
    path: '/documented',
    id: 'documented.post',
    scope: null,
    body: echoBody,
  }).handle(() => ({ ok: true })),
  route({
    ...basis,
    method: 'post',
    path: '/echo',
    id: 'echo',
    scope: 'write:messages',
    idempotent: true,
    status: 201,
    body: echoBody,
    response: z.object({ name: z.string(), call: z.int() }),
  }).handle(({ body }) => ({ name: body.name, call: ++calls, secret: 'not in the schema' })),
  route({ ...basis, method: 'get', path: '/mismatch', id: 'mismatch', scope: null }).handle(
    () => ({ ok: 'yes, 5491112345678' }) as unknown as { ok: boolean },
  ),
  route({ ...basis, method: 'get', path: '/crash', id: 'crash', scope: null }).handle(() => {
    throw new Error('the password of the database is hunter2')
  }),
  route({
    ...basis,
    method: 'get',
    path: '/fail/:code',
    id: 'fail',
    scope: null,
    params: z.strictObject({ code: z.string() }),
  }).handle(({ params }) => {
    throw new AppError(params.code as ErrorCode, 'refused on purpose', {
      details: [{ field: 'a', message: 'b' }],
    })
  }),
  route({
    ...described,
    method: 'get',
    path: '/image',
    id: 'image',
    scope: 'read:messages',
    signedUrl: true,
    raw: 'image/png',
    query: z.strictObject({ token: z.string().optional() }),
  }).handle(({ caller }) => new RawAnswer('image/png', Buffer.from(caller === undefined ? 'signed' : 'key'))),
]
