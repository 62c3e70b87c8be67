import { AppError } from '../../core/errors.ts'

/** Renames a message's text in a fault to this API's field; returns other errors unchanged. */
export function asBotssyFault(error: unknown): unknown {
  if (!(error instanceof AppError) || error.details.every(({ field }) => field !== 'body.message'))
    return error
  const details = error.details.map(({ field, message }) => ({
    field: field === 'body.message' ? 'body.content' : field,
    message,
  }))
  return new AppError(error.code, error.message, { details, cause: error.cause })
}
