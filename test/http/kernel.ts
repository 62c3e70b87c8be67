import { Writable } from 'node:stream'
import { z } from 'zod'
import type { Caller } from '../../src/core/caller.ts'
import type { Scope } from '../../src/features/access/scopes.ts'
import { Failures } from '../../src/http/answers/failures.ts'
import type { RequestGate } from '../../src/http/mount.ts'
import type { Route } from '../../src/http/route.ts'
import { route } from '../../src/http/route.ts'
import { HttpServer } from '../../src/http/server.ts'
import type { HttpOptions } from '../../src/http/server.ts'
import { makeUrlSigner } from '../../src/util/signed-url.ts'
import { systemClock } from '../../src/util/clock.ts'
import { makeLogger } from '../../src/util/logger.ts'
import { HttpClient } from '../support/http-client.ts'
import { VersionedCache } from '../../src/util/versioned-cache.ts'
import type { ApiKeys } from '../../src/features/access/api-keys.ts'

export const goodKey = 'a-key-with-two-scopes'

/** Knows one key. */
export function keysWith(scopes: Scope[]): Pick<ApiKeys, 'authenticate' | 'known'> {
  const caller: Caller = {
    keyId: 1,
    keyPrefix: 'a-ke',
    accountId: 1,
    allAccounts: false,
    scopes,
    mode: 'live',
    limits: { plan: 'enterprise', perMinute: 1000, perDay: null },
  }
  const known = (token: string) => (token === goodKey ? caller : undefined)
  return { known, authenticate: (token) => Promise.resolve(known(token)) }
}

/** Counts nothing. */
export function noLimits(): RequestGate['limits'] {
  const window = { name: 'minute', limit: 1000, remaining: 999, resetAt: new Date(60_000) } as const
  const quota = { allowed: true, windows: [window], tightest: window }
  return { takeNow: () => quota, take: () => Promise.resolve(quota) }
}

/** Remembers answers in memory, without the checks of the real one. */
export function forgetfulIdempotency(): RequestGate['idempotency'] {
  const answers = new Map<string, { status: number; body: unknown }>()
  const run: RequestGate['idempotency']['run'] = async (_caller, request, work) => {
    const stored = answers.get(request.key)
    if (stored) return { ...stored, replayed: true }
    const answer = await work()
    answers.set(request.key, answer)
    return { ...answer, replayed: false }
  }
  return { run, runBeside: run }
}

export interface Kernel {
  client: HttpClient
  server: HttpServer
  port: number
  /** Everything that was logged, one object a line. */
  lines: Record<string, unknown>[]
}

export const secret = 'a secret for addresses'

/** A server with these routes on a free port. The caller stops it. */
export async function startKernel(routes: Route[], options: Partial<HttpOptions> = {}): Promise<Kernel> {
  const lines: Record<string, unknown>[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  const log = await makeLogger({ level: 'debug', format: 'json' }, sink)
  const forgetful = new VersionedCache<Uint8Array>(() => ({}), { maxSize: 0, sizeOf: ({ length }) => length })
  const gate = {
    apiKeys: keysWith(['read:messages', 'write:messages']),
    idempotency: forgetfulIdempotency(),
    urls: makeUrlSigner(secret, systemClock),
    limits: noLimits(),
    failures: new Failures(systemClock),
    clock: systemClock,
    answers: { untilWrite: forgetful, sameTick: forgetful },
    tags: { BOTON: { isDocumented: true }, Botssy: { isDocumented: true } },
  }
  const server = new HttpServer({ host: '127.0.0.1', port: 0, ...options }, routes, gate, log)
  await server.start()
  const { port } = server.address
  return { client: new HttpClient(`http://127.0.0.1:${port}`, goodKey), server, port, lines }
}

/** A public GET that answers `{ok: true}`, whatever its parameters. */
export function simple(path: string, id = path): Route {
  return route({
    method: 'get',
    path,
    id,
    summary: id,
    tag: 'Test',
    scope: null,
    params: z.record(z.string(), z.string()),
    response: z.object({ ok: z.boolean() }),
  }).handle(() => ({ ok: true }))
}
