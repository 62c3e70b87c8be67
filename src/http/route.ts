import { z } from 'zod'
import type { Caller } from '../core/caller.ts'
import type { Scope } from '../features/access/scopes.ts'
import { checked } from './requests/validation.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What a key needs: a scope, just to be valid (`any`), or no key at all (`null`). */
export type Access = Scope | 'any' | null

/** One route, declared once: its schemas check the request, type the handler, write OpenAPI and strip the answer. */
export interface RouteSpec<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  A extends Access = Access,
> {
  method: Method
  /** In the syntax of the router: `/chats/:jid`. */
  path: string
  /** Unique; the operation id in OpenAPI. */
  id: string
  summary: string
  description?: string
  tag: string
  scope: A
  /** Public, and yet it tells more to who comes with a valid key: the handler gets them as `asker`. */
  greets?: boolean
  /** A token made for this very path, `?token=`, may stand for the key. Its query must name it. */
  signedUrl?: boolean
  /**
   * Honours `Idempotency-Key`: the answer is kept in the transaction of what was done, or after it where that is done beside the
   * database and doing it twice is harmless.
   */
  idempotent?: true | 'beside'
  /** The answer shows what is kept nowhere: where it is kept to be repeated, nobody but who asked can open it. */
  secret?: true
  status?: number
  /**
   * The answer is made of nothing but the rows of the caller's account and of what was asked: neither of the connection nor of
   * the key, and of the time only the addresses of files, which are good for a day. It is then remembered until something is
   * written, at most for an hour.
   */
  fromRows?: boolean
  /** Asked many times at once with one key, the answer is made once: for all who ask in the same turn of the event loop. */
  oncePerTick?: boolean
  params?: P
  query?: Q
  body?: B
  /** The body is a file, as it is or as a part of a form: an {@link Upload} in place of JSON, read while it comes. */
  upload?: boolean
  /** Keys that the schema does not name are stripped; a mismatch is a fault of ours and never sent. */
  response: R
  /** What is answered, with the status 202, where the handler returns {@link Accepted} in place of the response. */
  accepted?: { about: string; response: z.ZodType; example: unknown }
  /** Media type of the {@link RawAnswer} that the handler may return in place of the response. */
  raw?: string
  /** The handler returns either: a {@link RawAnswer}, or the response as JSON. */
  rawOrJson?: true
  /** The raw answer has an `ETag`: a client that has it gets 304. */
  etag?: true
  /** The handler returns a file of whatever type, in place of the response: whole, in ranges, or not at all for who has it. */
  file?: boolean
  examples?: { body?: unknown; response?: unknown; raw?: string }
}

/** Bytes to be sent as they are. */
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

/** What was asked for is kept and done later: an answer with the status 202 and a schema of its own. */
export class Accepted {
  readonly body: unknown

  constructor(body: unknown) {
    this.body = body
  }
}

export interface HandlerInput<P, Q, B, C> {
  params: P
  query: Q
  body: B
  caller: C
  requestId: string
  /** Of a public route that `greets`: who asks, where they came with a valid key. */
  asker?: Caller | undefined
  /** As it was asked for, with a slash at its end where it had one. */
  path: string
  /** Of a client that comes back to an event stream: the id of the last event that it got. */
  lastEventId: string | undefined
}

/** A request as it came in, behind authentication. */
export type RawRequest = HandlerInput<unknown, unknown, unknown, Caller | undefined>

export type Answer = { status: number; body: unknown } | RawAnswer

/** A request whose schemas were satisfied. */
export interface CheckedRequest {
  /** What the client asked for, in its normal form: equal for equal requests. */
  readonly asked: unknown
  /** What has to be asked elsewhere before `run`; undefined where there is nothing. */
  readonly before: (() => Promise<void>) | undefined
  run(): Promise<Answer>
  /** Completes an answer, new or repeated, after everything that `run` did is on the disk. */
  settle(answer: { status: number; body: unknown }): Promise<{ status: number; body: unknown }>
}

/** A declared route. `check` throws `invalid_request`; the work is done by `run` of what it returns. */
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

/** Declares a route. Two steps, because TypeScript would lose the literals in one. */
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
     * `settle` may wait for what the work set going; it gets the answer, and its own takes that one's place. `before` may ask
     * elsewhere, for which nothing that is written can wait.
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

/** For what a route does not take. Most requests bring none, so it is not worth a parser to see that. */
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
