import bodyParser from 'koa-bodyparser'
import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'

const nothingNext = () => Promise.resolve()

/** Reads a JSON body into `ctx.request.body`. Nothing sent is `{}`; other types, sizes and syntax are refused. */
export function makeBodyReader(limitBytes: number): (ctx: Context) => Promise<void> {
  const parse = bodyParser({ enableTypes: ['json'], jsonLimit: `${limitBytes}b`, strict: true })
  return async (ctx) => {
    if (sendsBody(ctx) && ctx.is('application/json') === false) {
      throw new AppError(
        'unsupported_media_type',
        'The body must be JSON: send Content-Type: application/json',
      )
    }
    try {
      await parse(ctx, nothingNext)
    } catch (error) {
      // What is left of a refused body is read and dropped, or the connection could not be used again.
      ctx.req.resume()
      throw translated(error, limitBytes)
    }
  }
}

function sendsBody(ctx: Context): boolean {
  return (
    ctx.req.headers['transfer-encoding'] !== undefined || Number(ctx.req.headers['content-length'] ?? 0) > 0
  )
}

function translated(error: unknown, limitBytes: number): unknown {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 413) return new AppError('payload_too_large', `The body is larger than ${limitBytes} bytes`)
  if (status === 415) return new AppError('unsupported_media_type', 'This Content-Encoding is not understood')
  // The parser quotes the body in its messages: they go no further.
  if (status === 400) return new AppError('invalid_request', 'The body is not valid JSON')
  return error
}
