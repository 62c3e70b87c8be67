import type { components } from './schema.ts'

/** Holds the body of every error response: the fault, its field, and the expected value. */
export type ErrorBody = components['schemas']['Error']
/** Says why the gateway refused a call. */
export type ErrorCode = ErrorBody['error']['code']
/** One faulty field of a request. */
export type ErrorDetail = ErrorBody['error']['details'][number]

/**
 * Reports a call that the gateway refused. `code` says why, `details` which fields; `requestId` finds it in the gateway's log.
 */
export class ZaguanError extends Error {
  override readonly name = 'ZaguanError'
  readonly status: number
  /** Undefined if another program answered in between, such as a proxy. */
  readonly code: ErrorCode | undefined
  readonly requestId: string | undefined
  readonly details: readonly ErrorDetail[]

  constructor(status: number, body: unknown) {
    const error = isErrorBody(body) ? body.error : undefined
    super(error?.message ?? `The answer (HTTP ${status}) did not come from the gateway`)
    this.status = status
    this.code = error?.code
    this.requestId = error?.request_id
    this.details = error?.details ?? []
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error
}
