import { createHash } from 'node:crypto'
import type { Caller } from '../core/caller.ts'
import { AppError } from '../core/errors.ts'
import { RawAnswer } from './route.ts'
import type { CheckedRequest, RouteSpec } from './route.ts'
import { SecretBox } from '../util/secret-box.ts'
import type { Idempotency } from '../features/access/idempotency.ts'

const headerName = 'Idempotency-Key'

/** Reads the Idempotency-Key; undefined if none was sent. @throws AppError invalid_request for an invalid one */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header)) return header
  const message = 'expected 1 to 255 printable characters'
  throw new AppError('invalid_request', `Invalid header ${headerName}: ${message}`, {
    details: [{ field: headerName, message }],
  })
}

interface Repeatable {
  spec: RouteSpec
  key: string
  checked: CheckedRequest
  /** The Authorization header as sent. */
  authorization: string
  /** The account that the request chose, if any. */
  account?: number | undefined
}

/** Runs the request once per key; a repetition gets the stored answer. */
export async function runOnce(
  store: Pick<Idempotency, 'run' | 'runBeside'>,
  caller: Caller,
  repeatable: Repeatable,
): Promise<{ status: number; body: unknown; replayed: boolean }> {
  const { spec, key, checked } = repeatable
  // Hashed in normal form: the same request formatted differently is equal.
  const chosen = repeatable.account === undefined ? '' : ` on account ${repeatable.account}`
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(checked.asked) + chosen)
    .digest('hex')
  const request = { key, route: `${spec.method.toUpperCase()} ${spec.path}`, fingerprint }
  const envelope = spec.secret ? envelopeOf(repeatable) : open
  const work = async () => {
    const answer = await checked.run()
    if (answer instanceof RawAnswer) throw new Error(`${spec.id} cannot be repeated: its answer is not JSON`)
    return { ...answer, body: envelope.seal(answer.body) }
  }
  const outcome =
    spec.idempotent === 'beside'
      ? await store.runBeside(caller, request, work)
      : await store.run(caller, request, work, checked.before)
  return { ...outcome, body: envelope.open(outcome.body) }
}

interface Envelope {
  seal(body: unknown): unknown
  open(kept: unknown): unknown
}

const open: Envelope = { seal: (body) => body, open: (kept) => kept }

/**
 * Encrypts an answer with API key and Idempotency-Key together; the database has only hashes and one half of them.
 */
function envelopeOf({ spec, key, authorization }: Repeatable): Envelope {
  const [, token = ''] = authorization.trim().split(/ +/)
  const box = new SecretBox(createHash('sha256').update(`${token}\n${key}`).digest())
  return {
    seal: (body) => ({ sealed: box.seal(JSON.stringify(body), spec.id) }),
    open: (kept) => {
      const text = box.open((kept as { sealed: string }).sealed, spec.id)
      if (text === undefined) throw new Error(`the kept answer of ${spec.id} cannot be opened`)
      return JSON.parse(text) as unknown
    },
  }
}
