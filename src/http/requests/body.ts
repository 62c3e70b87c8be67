import type { Duplex, Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Context } from 'koa'
import bodyParser from 'koa-bodyparser'
import { AppError } from '../../core/errors.ts'
import { parseJson } from '../answers/json.ts'

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress } as const

const wrongType = 'The body must be JSON: send Content-Type: application/json'

/** Creates a reader of JSON bodies. No body is `{}`; other types, sizes, charsets and syntax are refused. */
export function makeBodyReader(limitBytes: number): (ctx: Context) => Promise<unknown> {
  const readPlain = makePlainReader(limitBytes)
  return async (ctx) => {
    if (!sendsBody(ctx)) return {}
    if (ctx.is('application/json') === false) throw new AppError('unsupported_media_type', wrongType)
    try {
      const decode = decoderFor(ctx.request.charset)
      const bytes = isPlain(ctx) ? await readPlain(ctx) : await readPacked(ctx, limitBytes)
      return parseJson(decode(bytes))
    } catch (error) {
      // Reads and drops the rest of a refused body; otherwise the connection could not be reused.
      ctx.req.unpipe()
      ctx.req.resume()
      throw error
    }
  }
}

/** Tells whether a request has a body, even an empty one. */
function sendsBody(ctx: Context): boolean {
  return (
    ctx.req.headers['transfer-encoding'] !== undefined || Number(ctx.req.headers['content-length'] ?? 0) > 0
  )
}

const encodingOf = (ctx: Context) => (ctx.req.headers['content-encoding'] ?? '').trim().toLowerCase()

function isPlain(ctx: Context): boolean {
  return ['', 'identity'].includes(encodingOf(ctx))
}

const nothingNext = () => Promise.resolve()

/** Creates a reader of raw bodies. The parser decodes one character per byte; the charset is checked later. */
function makePlainReader(limitBytes: number): (ctx: Context) => Promise<Uint8Array> {
  // The declarations omit the encoding.
  const options: bodyParser.Options & { encoding: string } = {
    enableTypes: ['text'],
    extendTypes: { text: ['application/json'] },
    textLimit: `${limitBytes}b`,
    encoding: 'binary',
  }
  const parse = bodyParser(options)
  return async (ctx) => {
    try {
      await parse(ctx, nothingNext)
    } catch (error) {
      const isTooLarge = error instanceof Error && 'status' in error && error.status === 413
      throw isTooLarge ? tooLarge(limitBytes) : new AppError('invalid_request', 'The body is incomplete')
    }
    const { rawBody = '' } = ctx.request as { rawBody?: string }
    return Buffer.from(rawBody, 'latin1')
  }
}

async function readPacked(ctx: Context, limitBytes: number): Promise<Uint8Array> {
  const encoding = encodingOf(ctx)
  if (!Object.hasOwn(decoders, encoding)) {
    throw new AppError('unsupported_media_type', 'The Content-Encoding must be gzip, deflate or br')
  }
  const inflated = decoders[encoding as keyof typeof decoders]()
  // An aborted request ends without an error of its own.
  ctx.req.once('aborted', () => inflated.destroy(new Error('the request was aborted')))
  boundPacked(ctx.req, inflated, limitBytes)
  try {
    return await collect(ctx.req.pipe(inflated), limitBytes)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('invalid_request', 'The body does not match its Content-Encoding')
  } finally {
    inflated.destroy()
  }
}

/**
 * Limits compressed bodies: no honest one is larger than its content, only one meant to make inflating go on and on.
 */
function boundPacked(packed: Readable, inflated: Duplex, limitBytes: number): void {
  let bytes = 0
  packed.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limitBytes) inflated.destroy(tooLarge(limitBytes))
  })
}

async function collect(body: Readable, limitBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Not destroyed when refused: the answer uses the same connection.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes)
}

function tooLarge(limitBytes: number): AppError {
  return new AppError('payload_too_large', `The body is larger than ${limitBytes} bytes`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

type Decode = (bytes: Uint8Array) => string

/** Returns a decoder for the charset that Content-Type declares; UTF-8 by default. */
function decoderFor(charset: string): Decode {
  const label = charset.trim().toLowerCase()
  const isUtf8 = label === '' || label === 'utf-8' || label === 'utf8'
  return (bytes) => {
    const decoder = isUtf8 ? utf8 : makeDecoder(label, bytes)
    try {
      const text = decoder.decode(bytes)
      return decoder.encoding === 'windows-1252' ? withWindowsMarks(text) : text
    } catch {
      const advice = isUtf8 ? ': send UTF-8, or name the charset in Content-Type' : ''
      throw new AppError(
        'invalid_request',
        `The body is not valid ${decoder.encoding.toUpperCase()}${advice}`,
      )
    }
  }
}

const windowsMarks = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ'

/** Decodes windows-1252's 32 characters that Node 20 treats as ISO 8859-1 control characters. */
function withWindowsMarks(text: string): string {
  return text.replaceAll(/[\u0080-\u009F]/g, (mark) => windowsMarks[mark.charCodeAt(0) - 0x80] ?? mark)
}

function makeDecoder(label: string, bytes: Uint8Array): TextDecoder {
  const isBigEndian = label === 'utf-16' && bytes[0] === 0xfe && bytes[1] === 0xff
  try {
    return new TextDecoder(isBigEndian ? 'utf-16be' : label, { fatal: true })
  } catch {
    throw new AppError('unsupported_media_type', 'Unknown charset: send the body as UTF-8')
  }
}
