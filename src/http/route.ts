import { z } from 'zod'
import type { Caller } from '../core/caller.ts'
import type { Scope } from '../features/access/scopes.ts'
import { checked } from './requests/validation.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What a key needs: a scope, mere validity (`any`), or nothing (`null`). */
export type Access = Scope | 'any' | null

/** A route, declared once: its schemas check the request, type the handler, write OpenAPI and strip the answer. */
export interface RouteSpec<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  A extends Access = Access,
> {
  method: Method
  /** In the router's syntax: `/chats/:jid`. */
  path: string
  /** Unique; the operation id in OpenAPI. */
  id: string
  summary: string
  description?: string
  tag: string
  scope: A
  /** A printed document describes the route, though not the others of its tag. */
  isDocumented?: boolean
  /** Public, but tells callers with a valid key more: the handler gets them as `asker`. */
  greets?: boolean
  /** A token for exactly this path, `?token=`, may replace the key. The query schema must name it. */
  signedUrl?: boolean
  /**
   * Honours `Idempotency-Key`. `true` stores the answer in the transaction of the work; `beside` stores it
   * afterwards, for work outside the database that is harmless to repeat.
   */
  idempotent?: true | 'beside'
  /** The answer contains a secret: the stored replay is encrypted with the caller's key. */
  secret?: true
  status?: number
  /**
   * The answer depends only on the rows of the caller's account and on the request: not on the connection or the key,
   * and on the time only through the addresses of files, which are valid for a day. It is cached until a write, at
   * most for an hour.
   */
  fromRows?: boolean
  /** Concurrent requests with one key share an answer: it is made once per turn of the event loop. */
  oncePerTick?: boolean
  params?: P
  query?: Q
  body?: B
  /** The body is a file, raw or as a part of a form: an {@link Upload} instead of JSON, read as it arrives. */
  upload?: boolean
  /** Unknown keys are stripped; a mismatch is a fault of ours and never sent. */
  response: R
  /** The 202 answer if the handler returns {@link Accepted} instead of the response. */
  accepted?: { about: string; response: z.ZodType; example: unknown }
  /** Media type of the {@link RawAnswer} that the handler may return instead of the response. */
  raw?: string
  /** The handler returns a {@link RawAnswer} or the response as JSON. */
  rawOrJson?: true
  /** The raw answer has an `ETag`: a client that has it gets 304. */
  etag?: true
  /** The handler returns a file of any type instead of the response: complete, a range, or 304. */
  file?: boolean
  examples?: { body?: unknown; response?: unknown; raw?: string }
}

/** Bytes to send as they are. */
export class RawAnswer {
  readonly type: string
  readonly bytes: Uint8Array | string
  readonly headers: Readonly<Record<string, string>>

  constructor(type: string, bytes: Uint8Array | string, headers: Readonly<Record<string, string>> = {}) {
    this.type = type
    this.bytes = bytes
    this.headers = headers
  }
}

/** A request stored for later: answered with status 202 and a schema of its own. */
export class Accepted {
  readonly body: unknown

  constructor(body: unknown) {
    this.body = body
  }
}

/** What a handler is called with. */
export interface HandlerInput<P, Q, B, C> {
  params: P
  query: Q
  body: B
  caller: C
  requestId: string
  /** On a public route with `greets`: the caller, if a valid key was sent. */
  asker?: Caller | undefined
  /** The path as requested, including a trailing slash. */
  path: string
  /** The id of the last event that a reconnecting event stream client has. */
  lastEventId: string | undefined
}

/** A request after authentication, not validated yet. */
export type RawRequest = HandlerInput<unknown, unknown, unknown, Caller | undefined>

/** A handler's answer: a status with a JSON body, or raw bytes. */
export type Answer = { status: number; body: unknown } | RawAnswer

/** A validated request. */
export interface CheckedRequest {
  /** The request in normal form: equal for equal requests. */
  readonly asked: unknown
  /** Work elsewhere that precedes `run`; undefined if none. */
  readonly before: (() => Promise<void>) | undefined
  run(): Promise<Answer>
  /** Completes an answer, new or repeated, after everything `run` did is on disk. */
  settle(answer: { status: number; body: unknown }): Promise<{ status: number; body: unknown }>
}

/** A declared route. `check` throws `invalid_request`; `run` of its result does the work. */
export interface Route {
  readonly spec: RouteSpec
  check(request: RawRequest): CheckedRequest
}

const nothing = z.strictObject({})
const none = {}

type CallerOf<A extends Access, Signed> = A extends null
  ? undefined
  : Signed extends true
    ? Caller | undefined
    : Caller

/** Declares a route, in two steps: TypeScript would lose the literals in one. */
export function route<
  R extends z.ZodType,
  const A extends Access,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
  const Signed extends boolean = false,
>(spec: RouteSpec<P, Q, B, R, A> & { signedUrl?: Signed }) {
  type Input = HandlerInput<z.output<P>, z.output<Q>, z.output<B>, CallerOf<A, Signed>>
  type Result = z.input<R> | RawAnswer | Accepted

  return {
    /**
     * `settle` may wait for work that the handler started; its answer replaces the handler's. `before` may ask
     * elsewhere, which a write must not wait for.
     */
    handle(
      handler: (input: Input) => Promise<Result> | Result,
      settle?: (answer: z.output<R>, input: Input) => Promise<z.input<R>>,
      before?: (input: Input) => Promise<void>,
    ): Route {
      const { params, query, body, status = 200, response } = spec
      const check = (request: RawRequest): CheckedRequest => {
        const asked = {
          params: params ? checked(params, request.params, 'path') : refuseAny(request.params, 'path'),
          query: query ? checked(query, request.query, 'query') : refuseAny(request.query, 'query'),
          body: body ? checked(body, request.body, 'body') : spec.upload === true ? request.body : undefined,
        }
        const { caller, requestId, asker, path, lastEventId } = request
        const input = { ...asked, caller, requestId, asker, path, lastEventId } as Input
        const run = async (): Promise<Answer> => {
          const result = await handler(input)
          if (result instanceof Accepted) return { status: 202, body: acceptedBody(spec, result) }
          return result instanceof RawAnswer ? result : { status, body: stripped(spec, response, result) }
        }
        const finish: CheckedRequest['settle'] = async (answer) =>
          settle === undefined || answer.status !== status
            ? answer
            : { ...answer, body: stripped(spec, response, await settle(answer.body as z.output<R>, input)) }
        return { asked, before: before && (() => before(input)), run, settle: finish }
      }
      return { spec, check }
    },
  }
}

/** Checks the parts a route does not take. Most requests have none, so this needs no parser. */
function refuseAny(given: unknown, part: string): object {
  return Object.keys(given ?? {}).length === 0 ? none : checked(nothing, given, part)
}

function acceptedBody(spec: Pick<RouteSpec, 'id' | 'accepted'>, { body }: Accepted): unknown {
  if (!spec.accepted) throw new Error(`${spec.id} promises nothing for later`)
  return stripped(spec, spec.accepted.response, body)
}

function stripped(spec: { id: string }, schema: z.ZodType, value: unknown): unknown {
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  throw new Error(`the answer of ${spec.id} does not match its schema`, { cause: outcome.error })
}
