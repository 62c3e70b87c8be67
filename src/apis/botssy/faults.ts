import { AppError } from '../../core/errors.ts'

/** Names the text of a message as this API does where a refusal speaks of it; returns anything else as it is. */
export function asBotssyFault(error: unknown): unknown {
  if (!(error instanceof AppError) || error.details.every(({ field }) => field !== 'body.message'))
    return error
  const details = error.details.map(({ field, message }) => ({
    field: field === 'body.message' ? 'body.content' : field,
    message,
  }))
  return new AppError(error.code, error.message, { details, cause: error.cause })
}
