import type { Readable } from 'node:stream'
import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'
import { allowSlowBody } from './slow-bodies.ts'

/** A file that is being sent to us: its content comes as it is read. */
export class Upload {
  readonly content: AsyncIterable<Uint8Array>
  /** As the form says; undefined where there is no form or no name. */
  readonly fileName: string | undefined

  constructor(content: AsyncIterable<Uint8Array>, fileName?: string) {
    this.content = content
    this.fileName = fileName
  }
}

/** The file of a request: its body, or the first file of a form. @throws AppError invalid_request where there is none */
export async function openUpload(ctx: Context): Promise<Upload> {
  const { req } = ctx
  allowSlowBody(req)
  // Where it is refused halfway, what is still to come must not be taken for the next request.
  ctx.set('Connection', 'close')
  if (ctx.is('multipart/form-data') !== false && sendsForm(ctx)) return openForm(ctx)
  return new Upload(wholeBody(req))
}

function sendsForm(ctx: Context): boolean {
  return (ctx.req.headers['content-type'] ?? '').toLowerCase().startsWith('multipart/form-data')
}

async function* wholeBody(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    // Not destroyed where it is refused: the answer goes over the same connection.
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  } catch (error) {
    throw cutOff(error)
  }
}

async function openForm(ctx: Context): Promise<Upload> {
  const { Busboy } = await import('@fastify/busboy')
  const contentType = ctx.req.headers['content-type'] ?? ''
  const limits = { files: 1, fields: 10, parts: 12, fieldSize: 4096, headerPairs: 20 }
  return new Promise((resolve, reject) => {
    try {
      const form = new Busboy({ headers: { 'content-type': contentType }, limits, isPartAFile: isFile })
      let isFound = false
      const refuse = (error: unknown) => {
        ctx.req.unpipe(form)
        reject(cutOff(error))
      }
      form.on('file', (_field, file, fileName) => {
        isFound = true
        file.on('error', () => undefined)
        resolve(new Upload(partOf(file, ctx.req), fileName))
      })
      form.on('error', refuse)
      form.on('finish', () => !isFound && refuse(undefined))
      ctx.req.once('aborted', () => form.destroy())
      ctx.req.pipe(form)
    } catch (error) {
      reject(cutOff(error))
    }
  })
}

/** The part called `file`, and whatever has a name like one. */
function isFile(field: string | undefined, _type: string | undefined, fileName: string | undefined): boolean {
  return fileName !== undefined || field === 'file'
}

async function* partOf(file: Readable, request: Context['req']): AsyncGenerator<Uint8Array> {
  try {
    yield* file.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    // A form that breaks off ends its file as if it were whole.
    if (!request.complete)
      await new Promise<void>((resolve) => request.once('close', resolve).once('end', resolve))
    if (!request.complete) throw new Error('the form is not whole')
  } catch (error) {
    throw cutOff(error)
  }
}

function cutOff(cause: unknown): AppError {
  const message =
    cause === undefined ? 'The form has no file: send it as the part "file"' : 'The upload is not whole'
  return new AppError('invalid_request', message, { cause, details: [{ field: 'body', message }] })
}
