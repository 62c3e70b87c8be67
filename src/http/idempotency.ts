import { createHash } from 'node:crypto'
import type { Caller } from '../domain/caller.ts'
import { AppError } from '../domain/errors.ts'
import { RawAnswer } from './route.ts'
import type { CheckedRequest, RouteSpec } from './route.ts'
import type { HttpServices } from './services.ts'

const headerName = 'Idempotency-Key'

/** The key of a repeatable request; undefined where none was sent, `invalid_request` where it is no key. */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header)) return header
  const message = 'expected 1 to 255 printable characters'
  throw new AppError('invalid_request', `Invalid header ${headerName}: ${message}`, {
    details: [{ field: headerName, message }],
  })
}

/** Runs the request once for its key; a repetition gets the stored answer. */
export async function runOnce(
  store: HttpServices['idempotency'],
  caller: Caller,
  request: { spec: RouteSpec; key: string; checked: CheckedRequest },
): Promise<{ status: number; body: unknown; replayed: boolean }> {
  const { spec, key, checked } = request
  // Hashed in normal form: a client that formats the same request differently means the same.
  const fingerprint = createHash('sha256').update(JSON.stringify(checked.asked)).digest('hex')
  const route = `${spec.method.toUpperCase()} ${spec.path}`
  return store.run(caller, { key, route, fingerprint }, async () => {
    const answer = await checked.run()
    if (answer instanceof RawAnswer) throw new Error(`${spec.id} cannot be repeated: its answer is not JSON`)
    return answer
  })
}
