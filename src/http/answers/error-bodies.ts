import { z } from 'zod'
import type { AppError, ErrorCode } from '../../core/errors.ts'

/** The HTTP status of every error code, in one place. */
export const errorStatus = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_in_progress: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  recipient_refused: 422,
  rate_limit_exceeded: 429,
  server_error: 500,
  not_connected: 503,
  unavailable: 503,
  insufficient_storage: 507,
} as const satisfies Record<ErrorCode, number>

const titles: Record<ErrorCode, string> = {
  invalid_request: 'Bad Request',
  unauthorized: 'Unauthorized',
  forbidden: 'Forbidden',
  not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  conflict: 'Conflict',
  idempotency_in_progress: 'Request In Progress',
  payload_too_large: 'Content Too Large',
  unsupported_media_type: 'Unsupported Media Type',
  idempotency_mismatch: 'Idempotency Key Reused',
  recipient_refused: 'Recipient Refused',
  rate_limit_exceeded: 'Too Many Requests',
  server_error: 'Internal Server Error',
  not_connected: 'Not Connected',
  unavailable: 'Service Unavailable',
  insufficient_storage: 'Insufficient Storage',
}

const codes = Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]

const ErrorDetails = z
  .array(z.object({ field: z.string(), message: z.string() }))
  .meta({ description: 'Every fault of the request: its field and what was expected' })

/** The body of every error answer: the flat keys are Botssy's, `error` is Botbiz's. */
export const ErrorBody = z
  .object({
    statusCode: z.int(),
    message: z.string(),
    error: z.object({
      code: z.enum(codes),
      message: z.string(),
      status: z.int(),
      request_id: z.string(),
      details: ErrorDetails,
    }),
  })
  .meta({
    id: 'Error',
    description: 'The answer to every refused request',
    example: {
      statusCode: 403,
      message: 'Insufficient API permissions. Required: read:conversations',
      error: {
        code: 'forbidden',
        message: 'Insufficient API permissions. Required: read:conversations',
        status: 403,
        request_id: 'req_2f1c9d4e',
        details: [],
      },
    },
  })

export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(codes),
    request_id: z.string(),
    details: ErrorDetails,
  })
  .meta({
    id: 'Problem',
    description: 'The same as a problem of RFC 9457, for clients that ask for it in Accept',
  })

/** Shows an error as the common body. */
export function presentError(error: AppError, requestId: string): z.input<typeof ErrorBody> {
  const status = errorStatus[error.code]
  return {
    statusCode: status,
    message: error.message,
    error: {
      code: error.code,
      message: error.message,
      status,
      request_id: requestId,
      details: [...error.details],
    },
  }
}

/** Shows an error as `application/problem+json` (RFC 9457). */
export function presentProblem(error: AppError, requestId: string): z.input<typeof ProblemBody> {
  return {
    type: 'about:blank',
    title: titles[error.code],
    status: errorStatus[error.code],
    detail: error.message,
    code: error.code,
    request_id: requestId,
    details: [...error.details],
  }
}
