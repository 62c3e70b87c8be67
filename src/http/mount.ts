import { knowingUsernames } from '../core/username.ts'
import { askedUsernames } from './requests/asked-usernames.ts'
import type { ParsedUrlQuery } from 'node:querystring'
import { Router } from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { AccountId } from '../core/ids.ts'
import type { Actor } from '../core/audit.ts'
import type { Caller } from '../core/caller.ts'
import type { Quota } from '../features/access/plans.ts'
import { AppError, SetupError } from '../core/errors.ts'
import { assumingCountry } from '../core/phone/phone-number.ts'
import { grants } from '../features/access/scopes.ts'
import { actAs } from '../core/acting.ts'
import { headOf } from './answers/answer-head.ts'
import { authenticate, knownCaller, refuseBeyond } from './auth.ts'
import { askedAccount, choosesAccount, readAccount, withoutAccount } from './requests/asked-account.ts'
import { askedBaseUrl } from './requests/base-url.ts'
import { makeBodyReader } from './requests/body.ts'
import type { ClientOrigin } from './requests/client-origin.ts'
import { asDocumentedFault, ignoresUnknownQuery, listNames, splitQuery } from './openapi/documented.ts'
import type { Failures } from './answers/failures.ts'
import { readIdempotencyKey, runOnce } from './idempotency.ts'
import { addLimitHeaders, overLimit } from './answers/limit-headers.ts'
import { RawAnswer } from './route.ts'
import type { Answer, CheckedRequest, Route } from './route.ts'
import { withRules } from './tag-rules.ts'
import type { RuledSpec, Tags } from './tag-rules.ts'
import { beginActivity } from '../util/activity.ts'
import type { UrlSigner } from '../util/signed-url.ts'
import { FileAnswer, writeFile, writeUnlessKnown } from './answers/file-answer.ts'
import { queryOf } from './requests/query.ts'
import { OpenStreams, StreamAnswer } from './answers/stream-answer.ts'
import type { Admission } from './answers/stream-answer.ts'
import { openUpload } from './requests/upload.ts'
import type { Clock } from '../util/clock.ts'
import type { VersionedCache } from '../util/versioned-cache.ts'
import type { ApiKeys } from '../features/access/api-keys.ts'
import type { Idempotency } from '../features/access/idempotency.ts'
import type { RateLimits } from '../features/access/limits.ts'

const jsonType = 'application/json; charset=utf-8'

/** Serialised answers that are remembered. */
export interface RememberedAnswers {
  /** Answers made of rows alone, kept until a write. */
  untilWrite: VersionedCache<Uint8Array>
  /** Answers kept until the next turn of the event loop. */
  sameTick: VersionedCache<Uint8Array>
}

/** Holds the checks that every request passes before its handler. */
export interface RequestGate {
  apiKeys: Pick<ApiKeys, 'authenticate' | 'known'>
  /** Undefined if no request can choose an account. */
  accounts?: { reach(caller: Caller, id: AccountId): Promise<{ id: AccountId }> }
  idempotency: Pick<Idempotency, 'run' | 'runBeside'>
  urls: UrlSigner
  limits: Pick<RateLimits, 'take' | 'takeNow'>
  failures: Failures
  clock: Clock
  answers: RememberedAnswers
  /** The rules of the routes, by their tag. */
  tags: Tags
  /** Returns the country whose numbers callers may write without its code; undefined: none. */
  countryOf?: (accountId: AccountId) => Promise<string | undefined>
  /** Returns the jids of those of some usernames that an account knows. */
  findUsernames?: (accountId: AccountId, names: readonly string[]) => Promise<Map<string, string>>
}

/** Creates the middleware of all routes. @throws Error if two routes share method and path, or an id */
export function mount(
  routes: readonly Route[],
  gate: RequestGate,
  bodyLimitBytes: number,
  streams = new OpenStreams(),
): Middleware {
  refuseDuplicates(routes)
  // A router tries one path after another; splitting by the number of parts leaves a fifth of them to try.
  const routers = new Map<number, Router>()
  const readBody = makeBodyReader(bodyLimitBytes)
  for (const route of routes) {
    const spec = withRules(route.spec, gate.tags)
    const parts = partsOf(spec.path)
    // The more literal path wins, in any order of declaration: /webhooks/events before /webhooks/:id.
    const router = routers.get(parts) ?? new Router({ exclusive: 'specificity', sensitive: true })
    routers.set(parts, router)
    router[spec.method](spec.path, async (ctx) => {
      ctx.state['tag'] = spec.tag
      const end = beginActivity(spec.id)
      try {
        const caller = admitKnown(spec, ctx, gate) ?? (await admit(spec, ctx, gate))
        const work = () => serve({ ...route, spec }, ctx, { caller, gate, readBody })
        const answer = await (caller && spec.method !== 'get' ? actAs(actorOf(caller, ctx), work) : work())
        if (answer instanceof StreamAnswer)
          streams.begin(ctx, answer, admissionOf(spec, ctx, { caller, gate }))
        else write(ctx, answer)
      } finally {
        end()
      }
    })
  }
  const middlewares = new Map([...routers].map(([parts, router]) => [parts, router.routes()]))
  return (ctx, next) => middlewares.get(partsOf(ctx.path))?.(ctx as RouterContext, next) ?? next()
}

/** Counts the names in a path; a trailing slash makes no difference to a router. */
function partsOf(path: string): number {
  let parts = 0
  for (let at = path.indexOf('/'); at !== -1 && at < path.length - 1; at = path.indexOf('/', at + 1)) parts++
  return parts
}

type BodyReader = (ctx: Context) => Promise<unknown>

function actorOf({ keyId, keyPrefix }: Caller, ctx: Context): Actor {
  return { kind: 'key', keyId, keyPrefix, address: addressOf(ctx) }
}

/** Returns the client's address, as the first middleware read it. */
function addressOf(ctx: Context): string {
  const origin = ctx.state['origin'] as ClientOrigin | undefined
  return origin?.address ?? ctx.req.socket.remoteAddress ?? ''
}

/** Holds a route with the rules of its tag. */
interface MountedRoute extends Route {
  readonly spec: RuledSpec
}

interface Serving {
  caller: Caller | undefined
  gate: RequestGate
  readBody: BodyReader
}

async function serve(
  route: MountedRoute,
  ctx: Context,
  { caller, gate, readBody }: Serving,
): Promise<Answer> {
  const { spec } = route
  const { headers } = ctx.req
  const query = readQuery(spec, ctx)
  const memory = caller && memoryOf(spec, gate.answers, { caller, url: ctx.req.url ?? '' })
  const known = memory?.answers.known(memory.key)
  if (known) return new RawAnswer(jsonType, known)
  const body = await bodyOf(spec, ctx, readBody)
  const requestId = ctx.state['requestId'] as string
  const asker = spec.greets === true ? await askerOf(ctx, gate) : undefined
  const country = caller && (await gate.countryOf?.(caller.accountId))
  const asked = {
    params: ctx['params'],
    query,
    body,
    caller,
    requestId,
    asker,
    path: ctx.path,
    lastEventId: headerOf(ctx, 'last-event-id'),
  }
  const names = askedUsernames([ctx['params'], query, body])
  const people = caller && names.length > 0 ? await gate.findUsernames?.(caller.accountId, names) : undefined
  const checked = knowingUsernames(people ?? new Map(), () =>
    assumingCountry(country, () => route.check(asked)),
  )
  const key = spec.idempotent === undefined ? undefined : readIdempotencyKey(headers['idempotency-key'])
  if (memory) return remembered(memory, checked)
  if (key === undefined || caller === undefined) {
    await checked.before?.()
    const answer = await checked.run()
    return answer instanceof RawAnswer ? answer : checked.settle(answer)
  }
  const { authorization = '' } = headers
  const account = askedAccount(spec, ctx) === undefined ? undefined : caller.accountId
  const outcome = await runOnce(gate.idempotency, caller, { spec, key, checked, authorization, account })
  if (outcome.replayed) headOf(ctx).add('Idempotent-Replayed', 'true')
  return checked.settle(outcome)
}

function headerOf(ctx: Context, name: string): string | undefined {
  const value = ctx.req.headers[name]
  return typeof value === 'string' ? value : undefined
}

async function bodyOf(spec: RuledSpec, ctx: Context, readBody: BodyReader): Promise<unknown> {
  if (spec.upload === true) return openUpload(ctx)
  if (spec.body === undefined) return undefined
  try {
    return await readBody(ctx)
  } catch (error) {
    throw spec.isDocumented ? asDocumentedFault(error) : error
  }
}

/** Reads the query. Ignored parameters are named in a header; other routes refuse them when they check the query. */
function readQuery(spec: RuledSpec, ctx: Context): ParsedUrlQuery {
  const whole = queryOf(ctx)
  const query = choosesAccount(spec) ? withoutAccount(whole) : whole
  if (!ignoresUnknownQuery(spec)) return query
  const { known, ignored } = splitQuery(spec, query)
  if (ignored.length > 0) headOf(ctx).add('X-Ignored-Parameters', listNames(ignored))
  return known
}

interface Memory {
  answers: VersionedCache<Uint8Array>
  /** Separates the answers of different callers and requests. */
  key: string
}

function memoryOf(
  { id, cache }: RuledSpec,
  { untilWrite, sameTick }: RememberedAnswers,
  { caller, url }: { caller: Caller; url: string },
): Memory | undefined {
  const { accountId, keyId, scopes } = caller
  // Some answers hold less for keys that may not read messages.
  const reads = grants(scopes, 'read:messages')
  // Links in the answer depend on the address the client used.
  const base = askedBaseUrl() ?? ''
  if (cache === 'until-write')
    return { answers: untilWrite, key: `${accountId} ${reads} ${base} ${id} ${url}` }
  return cache === 'same-tick'
    ? { answers: sameTick, key: `${keyId} ${accountId} ${base} ${id} ${url}` }
    : undefined
}

async function remembered({ answers, key }: Memory, checked: CheckedRequest): Promise<RawAnswer> {
  const bytes = await answers.get(key, async () => {
    const answer = await checked.run()
    if (answer instanceof RawAnswer) throw new Error(`${key} cannot be remembered: its answer is not JSON`)
    return Buffer.from(JSON.stringify(answer.body))
  })
  return new RawAnswer(jsonType, bytes)
}

/** Admits a request like `admit`, synchronously; undefined if that needs a query. */
function admitKnown(spec: RuledSpec, ctx: Context, gate: RequestGate): Caller | undefined {
  if (spec.scope === null || askedAccount(spec, ctx) !== undefined) return undefined
  const caller = knownCaller(ctx.req.headers.authorization, gate.apiKeys)
  const quota = caller && gate.limits.takeNow(caller)
  return quota && admitted(spec, ctx, { caller, quota, gate })
}

/** Authenticates the caller, counts the request and checks rights; undefined on public routes. */
async function admit(spec: RuledSpec, ctx: Context, gate: RequestGate): Promise<Caller | undefined> {
  if (spec.scope === null) return undefined
  const caller = await identify(spec, ctx, gate)
  if (caller === undefined) return undefined
  admitted(spec, ctx, { caller, quota: await gate.limits.take(caller), gate })
  return onAskedAccount(spec, ctx, { caller, gate })
}

/** Returns the caller of a public route, if a valid key was sent. */
async function askerOf(ctx: Context, gate: RequestGate): Promise<Caller | undefined> {
  const { authorization } = ctx.req.headers
  const known = knownCaller(authorization, gate.apiKeys)
  if (known || authorization === undefined) return known
  const [, key = ''] = authorization.trim().split(/ +/)
  const found = key.length > 512 ? undefined : await gate.apiKeys.authenticate(key)
  // Guessing keys is limited here as elsewhere.
  if (!found) gate.failures.add(addressOf(ctx))
  return found
}

/** Returns the caller on the account that the request names, if any. @throws AppError invalid_request, not_found */
async function onAskedAccount(
  spec: RuledSpec,
  ctx: Context,
  { caller, gate }: { caller: Caller; gate: RequestGate },
): Promise<Caller> {
  const asked = askedAccount(spec, ctx)
  if (asked === undefined) return caller
  const accountId = readAccount(asked)
  if (accountId === caller.accountId) return caller
  if (!gate.accounts) throw new Error('nobody knows the accounts')
  return { ...caller, accountId: (await gate.accounts.reach(caller, accountId)).id }
}

/** Checks during an open stream that it could be opened again, on the same account and with no fewer rights. */
function admissionOf(
  spec: RuledSpec,
  ctx: Context,
  { caller, gate }: { caller: Caller | undefined; gate: RequestGate },
): Admission {
  if (!caller) throw new Error('a stream needs a caller')
  const [, key = ''] = (ctx.req.headers.authorization ?? '').trim().split(/ +/)
  const isValid = async () => {
    const found = await gate.apiKeys.authenticate(key)
    if (!found || found.keyId !== caller.keyId) return false
    if (!caller.scopes.every((scope) => grants(found.scopes, scope))) return false
    try {
      refuseBeyond(spec, found)
      const now = await onAskedAccount(spec, ctx, { caller: found, gate })
      return now.accountId === caller.accountId
    } catch (error) {
      if (error instanceof AppError) return false
      throw error
    }
  }
  return { caller, isValid }
}

function admitted(
  spec: RuledSpec,
  ctx: Context,
  { caller, quota, gate }: { caller: Caller; quota: Quota; gate: RequestGate },
): Caller {
  addLimitHeaders(headOf(ctx), quota, gate.clock.now())
  if (!quota.allowed) throw overLimit(quota)
  refuseBeyond(spec, caller)
  return caller
}

async function identify(spec: RuledSpec, ctx: Context, gate: RequestGate): Promise<Caller | undefined> {
  const token = spec.signedUrl === true ? queryOf(ctx)['token'] : undefined
  const given = { authorization: ctx.req.headers.authorization ?? '', path: ctx.path, token }
  try {
    return await authenticate(spec, given, gate.apiKeys, gate.urls)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthorized') {
      gate.failures.add(addressOf(ctx))
    }
    throw error
  }
}

function write(ctx: Context, answer: Answer): void {
  if (answer instanceof FileAnswer) {
    writeFile(ctx, answer)
  } else if (answer instanceof RawAnswer && answer.headers['ETag'] !== undefined) {
    writeUnlessKnown(ctx, answer, answer.headers['ETag'])
  } else if (answer instanceof RawAnswer) {
    const head = headOf(ctx)
    for (const [name, value] of Object.entries(answer.headers)) head.add(name, value)
    head.send(ctx, { status: 200, type: answer.type, body: answer.bytes })
  } else {
    headOf(ctx).send(ctx, { status: answer.status, type: jsonType, body: JSON.stringify(answer.body) })
  }
}

function refuseDuplicates(routes: readonly Route[]): void {
  const seen = new Map<string, string>()
  for (const { spec } of routes) {
    // Parameter names do not distinguish addresses.
    const address = `${spec.method.toUpperCase()} ${spec.path.replaceAll(/:\w+/g, ':')}`
    for (const key of [address, `id ${spec.id}`]) {
      const other = seen.get(key)
      if (other !== undefined) throw new SetupError(`Two routes share ${key}: ${other} and ${spec.id}`)
      seen.set(key, spec.id)
    }
  }
}
