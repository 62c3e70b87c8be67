import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Context } from 'koa'
import { AppError } from '../../core/errors.ts'
import { allowSlowBody } from './slow-bodies.ts'

/** Holds a file being uploaded; its content is read as it arrives. */
export class Upload {
  readonly content: AsyncIterable<Uint8Array>
  /** The name from the form; undefined without a form or a name. */
  readonly fileName: string | undefined

  constructor(content: AsyncIterable<Uint8Array>, fileName?: string) {
    this.content = content
    this.fileName = fileName
  }
}

/** Opens the uploaded file: the body, or the first file of a form. @throws AppError invalid_request without a file */
export async function openUpload(ctx: Context): Promise<Upload> {
  const { req } = ctx
  refuseDescription(ctx)
  allowSlowBody(req)
  // If refused halfway, the rest must not be taken for the next request.
  ctx.set('Connection', 'close')
  if (typeOf(ctx) === 'multipart/form-data') return openForm(ctx)
  return new Upload(wholeBody(req))
}

function typeOf(ctx: Context): string {
  const [type = ''] = (ctx.req.headers['content-type'] ?? '').split(';', 1)
  return type.trim().toLowerCase()
}

const descriptions = new Set(['application/json', 'application/x-www-form-urlencoded'])

/** Refuses a body that only describes a file, such as `{"url": …}`: it would be stored as a small text file. */
function refuseDescription(ctx: Context): void {
  if (!descriptions.has(typeOf(ctx))) return
  const message =
    'Send the file itself, or a form with a part "file" (a JSON file only as a part). To send a file by its address, use "media.url" of a message'
  throw new AppError('invalid_request', message, {
    details: [{ field: 'body', message: 'expected the bytes of a file' }],
  })
}

async function* wholeBody(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    // Not destroyed when refused: the answer uses the same connection.
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  } catch (error) {
    throw cutOff(error)
  }
}

/** The maximum bytes of a form before its file, and after it. */
const maxBytesAround = 64 * 1024
/** The maximum time in milliseconds of a form before its file, and after it. */
const maxMsAround = 30_000
/**
 * Many small parts cost the parser more than one large file: everything around the file is read in pieces of this
 * size.
 */
const pieceBytes = 4096
const limits = { files: 1, fields: 10, parts: 12, fieldSize: 4096, headerPairs: 20 }

/** Feeds a request to the form parser, and ends a form that goes on without its file. */
class FormReader {
  private readonly request: Context['req']
  private readonly stopped = new AbortController()
  private isInFile = false
  private bytesAround = 0
  private timer: NodeJS.Timeout | undefined

  constructor(request: Context['req']) {
    this.request = request
    this.leaveFile()
    request.once('close', () => this.stop())
  }

  get signal(): AbortSignal {
    return this.stopped.signal
  }

  enterFile(): void {
    this.isInFile = true
    clearTimeout(this.timer)
  }

  leaveFile(): void {
    this.isInFile = false
    this.bytesAround = 0
    this.timer = setTimeout(() => this.stop(new Error('the form is too slow')), maxMsAround)
  }

  stop(error?: Error): void {
    clearTimeout(this.timer)
    this.stopped.abort(error)
  }

  /** Reads the request to its end, or until stopped. */
  async run(form: Writable): Promise<void> {
    try {
      for await (const chunk of this.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length && !this.signal.aborted;) {
          const piece = this.isInFile ? chunk.subarray(at) : chunk.subarray(at, at + pieceBytes)
          at += piece.length
          await this.write(form, piece)
        }
        if (this.signal.aborted) return
      }
      form.end()
    } catch (error) {
      this.stop(error instanceof Error ? error : undefined)
      form.destroy()
    }
  }

  private async write(form: Writable, piece: Buffer): Promise<void> {
    const isAround = !this.isInFile
    if (isAround) this.bytesAround += piece.length
    if (this.bytesAround > maxBytesAround) throw new Error('the form has too much besides its file')
    if (!form.write(piece)) await once(form, 'drain', { signal: this.signal })
    else if (isAround) await setImmediate()
  }
}

async function openForm(ctx: Context): Promise<Upload> {
  const { Busboy } = await import('@fastify/busboy')
  const contentType = ctx.req.headers['content-type'] ?? ''
  return new Promise<Upload>((resolve, reject) => {
    const form = new Busboy({ headers: { 'content-type': contentType }, limits, isPartAFile: isFile })
    const reader = new FormReader(ctx.req)
    let isFound = false
    const refuse = (error?: unknown) => {
      // After the file, its reader decides about the rest.
      if (isFound) return
      reader.stop()
      reject(cutOff(error))
    }
    form.on('file', (_field, file, fileName) => {
      isFound = true
      reader.enterFile()
      file.on('error', () => undefined)
      resolve(new Upload(partOf(file, reader, ctx.req), fileName))
    })
    form.on('error', refuse)
    for (const end of ['finish', 'partsLimit', 'fieldsLimit'] as const) form.on(end, () => refuse())
    reader.signal.addEventListener('abort', () => refuse(reader.signal.reason))
    void reader.run(form)
  }).catch((error: unknown) => {
    throw error instanceof AppError ? error : cutOff(error)
  })
}

/** Recognises the part named `file`, and any part with a file name. */
function isFile(field: string | undefined, _type: string | undefined, fileName: string | undefined): boolean {
  return fileName !== undefined || field === 'file'
}

async function* partOf(
  file: Readable,
  reader: FormReader,
  request: Context['req'],
): AsyncGenerator<Uint8Array> {
  try {
    yield* file.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    reader.leaveFile()
    // The parser ends the file of a truncated form as if it were complete.
    if (!request.complete) await Promise.race([once(request, 'end'), once(reader.signal, 'abort')])
    if (!request.complete) throw new Error('the form is not whole', { cause: reader.signal.reason })
  } catch (error) {
    throw cutOff(error)
  } finally {
    reader.stop()
  }
}

function cutOff(cause: unknown): AppError {
  const message =
    cause === undefined
      ? 'The form has no file: send the file as the part "file"'
      : 'The upload is incomplete'
  return new AppError('invalid_request', message, { cause, details: [{ field: 'body', message }] })
}
