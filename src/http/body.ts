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
      await Promise.race([parse(ctx, nothingNext), tooLarge(ctx, limitBytes)])
    } catch (error) {
      // What is left of a refused body is read and dropped, or the connection could not be used again.
      ctx.req.resume()
      throw translated(error, limitBytes)
    }
  }
}

/**
 * Rejects when more comes than may come out: what is compressed is not larger than what it stands for, unless somebody wants the
 * unpacking to go on and on. Never resolves.
 */
function tooLarge({ req }: Context, limitBytes: number): Promise<never> {
  return new Promise((_, reject) => {
    if (req.headers['content-encoding'] === undefined) return
    let bytes = 0
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= limitBytes) return
      req.off('data', count)
      req.unpipe()
      reject(new AppError('payload_too_large', `The body is larger than ${limitBytes} bytes`))
    }
    req.on('data', count)
  })
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
  // Those of zlib have a negative number and a name of its own, such as Z_DATA_ERROR or ERR__ERROR_FORMAT_CL_SPACE.
  const isOfZlib = error instanceof Error && 'errno' in error && 'code' in error && status === undefined
  if (isOfZlib && /^(Z|ERR)_/.test(String(error.code))) {
    return new AppError('invalid_request', 'The body is not what its Content-Encoding says')
  }
  // The parser quotes the body in its messages: they go no further.
  if (status === 400) return new AppError('invalid_request', 'The body is not valid JSON')
  return error
}
