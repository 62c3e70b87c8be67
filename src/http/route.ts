import { z } from 'zod'
import type { Caller } from '../core/caller.ts'
import type { Scope } from '../features/access/scopes.ts'
import { checked } from './requests/validation.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Says which key a route asks for: one with a scope, any valid one (`any`), or none (`null`). */
export type Access = Scope | 'any' | null

/** Says how long an answer is remembered. */
type CachePolicy =
  /**
   * The answer depends only on the rows of the caller's account and on the request: not on the connection or the key, and on
   * the time only through the addresses of files, which are valid for a day. It is remembered until a write, at most for an hour.
   */
  | 'until-write'
  /** Concurrent requests with one key share an answer: it is made once per turn of the event loop. */
  | 'same-tick'

/** Holds a request's body: JSON, a file, or none. */
type RouteInput<B extends z.ZodType> =
  | { body?: B; upload?: never }
  /** The body is a file, raw or as a part of a form: an {@link Upload} instead of JSON, read as it arrives. */
  | { upload: true; body?: never }

type Never<N extends string> = { [K in N]?: never }

/** Says whether an answer may be given again. Reads can be remembered, writes can be repeated; neither can be the other. */
type Repetition =
  | ({ method: 'get'; cache?: CachePolicy } & Never<'idempotent' | 'secret'>)
  /**
   * Honours `Idempotency-Key`. `true` stores the answer in the transaction of the work; `beside` stores it afterwards, for work
   * outside the database that is harmless to repeat.
   */
  | ({ method: Exclude<Method, 'get'>; idempotent?: true | 'beside' } & Never<'cache' | 'secret'>)
  /** The answer contains a secret: the stored replay is encrypted with the caller's key. */
  | ({ method: Exclude<Method, 'get'>; idempotent: true | 'beside'; secret: true } & Never<'cache'>)

/** Bytes are never remembered, repeated or promised for later. */
type Unrepeated = { method: Method } & Never<'cache' | 'idempotent' | 'secret' | 'status' | 'accepted'>

/** Describes the 202 answer if the handler returns {@link Accepted} instead of the response. */
interface AcceptedSpec {
  about: string
  response: z.ZodType
  example: unknown
}

/** Says how a route answers: with JSON, with bytes of one media type, with either, or with a file of any type. */
type RouteAnswer<R extends z.ZodType> =
  /** Unknown keys are stripped; a mismatch is a fault of ours and never sent. */
  | ({ response: R; status?: number; accepted?: AcceptedSpec } & Repetition &
      Never<'raw' | 'rawOrJson' | 'etag' | 'file'>)
  /** A {@link RawAnswer} of this media type. With `etag` it has an `ETag`, and a client that has it gets 304. */
  | ({ raw: string; etag?: true } & Unrepeated & Never<'response' | 'rawOrJson' | 'file'>)
  /** The handler returns a {@link RawAnswer} of this media type, or the response as JSON. */
  | ({ raw: string; rawOrJson: true; response: R } & Unrepeated & Never<'etag' | 'file'>)
  /** A file: complete, a range, or 304. */
  | ({ file: true } & Unrepeated & Never<'response' | 'raw' | 'rawOrJson' | 'etag'>)

interface RouteBase<P extends z.ZodType, Q extends z.ZodType, A extends Access> {
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
  params?: P
  query?: Q
  examples?: { body?: unknown; response?: unknown; raw?: string }
}

/** Declares a route once: its schemas check the request, type the handler, write OpenAPI and strip the answer. */
export type RouteSpec<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  A extends Access = Access,
> = RouteBase<P, Q, A> & RouteInput<B> & RouteAnswer<R>

/** Holds bytes to send as they are. */
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

/** Holds a request stored for later: answered with status 202 and a schema of its own. */
export class Accepted {
  readonly body: unknown

  constructor(body: unknown) {
    this.body = body
  }
}

/** Holds the arguments of a handler. */
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

/** Holds a request after authentication, not validated yet. */
export type RawRequest = HandlerInput<unknown, unknown, unknown, Caller | undefined>

/** Holds a handler's answer: a status with a JSON body, or raw bytes. */
export type Answer = { status: number; body: unknown } | RawAnswer

/** Holds a validated request. */
export interface CheckedRequest {
  /** The request in normal form: equal for equal requests. */
  readonly asked: unknown
  /** Work elsewhere that precedes `run`; undefined if none. */
  readonly before: (() => Promise<void>) | undefined
  run(): Promise<Answer>
  /** Completes an answer, new or repeated, after everything `run` did is on disk. */
  settle(answer: { status: number; body: unknown }): Promise<{ status: number; body: unknown }>
}

/** Runs a declared route. `check` throws `invalid_request`; `run` of its result does the work. */
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
  const A extends Access,
  R extends z.ZodType = z.ZodNever,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
  const Signed extends boolean = false,
>(spec: RouteSpec<P, Q, B, R, A> & { signedUrl?: Signed }) {
  type Input = HandlerInput<z.output<P>, z.output<Q>, z.output<B>, CallerOf<A, Signed>>
  type Result = z.input<R> | RawAnswer | Accepted

  return {
    /**
     * Sets the handler. `settle` may wait for work that the handler started; its answer replaces the handler's. `before` may
     * ask elsewhere, which a write must not wait for.
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

function stripped(spec: { id: string }, schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) throw new Error(`${spec.id} answers with bytes, not with JSON`)
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  throw new Error(`the answer of ${spec.id} does not match its schema`, { cause: outcome.error })
}
