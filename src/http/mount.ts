import { Router } from '@koa/router'
import type { Context } from 'koa'
import { SetupError } from '../domain/errors.ts'
import { authenticate } from './auth.ts'
import { makeBodyReader } from './body.ts'
import { readIdempotencyKey, runOnce } from './idempotency.ts'
import { RawAnswer } from './route.ts'
import type { Answer, Route } from './route.ts'
import type { HttpServices } from './services.ts'
import type { UrlSigner } from './signed-url.ts'

/** What stands between a request and its handler. */
export interface Gate {
  apiKeys: HttpServices['apiKeys']
  idempotency: HttpServices['idempotency']
  urls: UrlSigner
}

/** The router of all routes. Where two say the same method and path, or share an id, the start is refused. */
export function mount(routes: readonly Route[], gate: Gate, bodyLimitBytes: number): Router {
  refuseDuplicates(routes)
  // The more literal path wins: /webhooks/events before /webhooks/:id, in whatever order they were declared.
  const router = new Router({ exclusive: 'specificity', sensitive: true })
  const readBody = makeBodyReader(bodyLimitBytes)
  for (const route of routes) {
    const { spec } = route
    router[spec.method](spec.path, async (ctx) => {
      ctx.state['tag'] = spec.tag
      write(ctx, await serve(route, ctx, gate, readBody))
    })
  }
  return router
}

type BodyReader = (ctx: Context) => Promise<void>

async function serve(route: Route, ctx: Context, gate: Gate, readBody: BodyReader): Promise<Answer> {
  const { spec } = route
  const { headers } = ctx.req
  const given = { authorization: headers.authorization ?? '', path: ctx.path, token: ctx.query['token'] }
  const caller = await authenticate(spec, given, gate.apiKeys, gate.urls)
  if (spec.body !== undefined) await readBody(ctx)
  const requestId = ctx.state['requestId'] as string
  const checked = route.check({
    params: ctx['params'],
    query: ctx.query,
    body: ctx.request.body,
    caller,
    requestId,
  })
  const key = spec.idempotent === true ? readIdempotencyKey(headers['idempotency-key']) : undefined
  if (key === undefined || caller === undefined) {
    const answer = await checked.run()
    return answer instanceof RawAnswer ? answer : checked.settle(answer)
  }
  const outcome = await runOnce(gate.idempotency, caller, { spec, key, checked })
  if (outcome.replayed) ctx.set('Idempotent-Replayed', 'true')
  return checked.settle(outcome)
}

function write(ctx: Context, answer: Answer): void {
  if (answer instanceof RawAnswer) {
    ctx.status = 200
    ctx.set('Content-Type', answer.type)
    ctx.body = typeof answer.bytes === 'string' ? answer.bytes : Buffer.from(answer.bytes)
  } else {
    ctx.status = answer.status
    ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8')
    ctx.body = JSON.stringify(answer.body)
  }
}

function refuseDuplicates(routes: readonly Route[]): void {
  const seen = new Map<string, string>()
  for (const { spec } of routes) {
    // Parameters of different names are the same address.
    const address = `${spec.method.toUpperCase()} ${spec.path.replaceAll(/[:*]\w+/g, ':')}`
    for (const key of [address, `id ${spec.id}`]) {
      const other = seen.get(key)
      if (other !== undefined) throw new SetupError(`Two routes share ${key}: ${other} and ${spec.id}`)
      seen.set(key, spec.id)
    }
  }
}
