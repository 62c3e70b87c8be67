/** Every way in which a request can be refused. One table in the HTTP kernel maps each to a status. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'idempotency_in_progress'
  | 'idempotency_mismatch'
  | 'recipient_refused'
  | 'rate_limit_exceeded'
  | 'not_connected'
  | 'unavailable'
  | 'insufficient_storage'
  | 'server_error'

/** Describes one fault of a request: where it is (`body.to`, `query.page`) and the expected value. */
export interface ErrorDetail {
  field: string
  message: string
}

/**
 * Reports a refusal or fault to the caller, and is the only error that the product throws on purpose. Its message may be shown.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: readonly ErrorDetail[]
  /** Time to retry, if known. */
  readonly retryAt: Date | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: { details?: readonly ErrorDetail[]; retryAt?: Date; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.details = more.details ?? []
    this.retryAt = more.retryAt
  }
}

/** Reports a fault of the installation (disk, port, configuration): shown as one sentence on stderr, exit code 1, no stack. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
