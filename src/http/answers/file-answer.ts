import { createReadStream } from 'node:fs'
import type { Context } from 'koa'
import { watchBuffers } from '../../runtime/memory.ts'
import { RawAnswer } from '../route.ts'

/** Describes a file on disk to answer with. */
export interface ServedFile {
  path: string
  size: number
  /** Changes with the content. */
  hash: string
  mimeType: string
  fileName: string
}

/** Answers from a file on disk: complete, a range, or 304 for a client that has it. */
export class FileAnswer extends RawAnswer {
  readonly file: ServedFile

  constructor(file: ServedFile) {
    super(file.mimeType, '')
    this.file = file
  }
}

/** Types that a browser may display instead of saving: none of them can run code. */
const shown = /^(image\/(jpeg|png|gif|webp)|video\/(mp4|webm|3gpp|quicktime)|audio\/[\w.+-]+)(;|$)/

/** Writes a file as the answer, honouring Range, If-Range and If-None-Match. */
export function writeFile(ctx: Context, { file }: FileAnswer): void {
  const { size, hash, mimeType, fileName, path } = file
  const etag = `"${hash}"`
  ctx.set({
    'Content-Type': mimeType === 'text/plain' ? 'text/plain; charset=utf-8' : mimeType,
    'Content-Disposition': disposition(shown.test(mimeType) ? 'inline' : 'attachment', fileName),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': 'bytes',
    ETag: etag,
  })
  if (matches(ctx.get('If-None-Match'), etag)) {
    ctx.status = 304
    return
  }
  const isSame = ctx.get('If-Range') === '' || ctx.get('If-Range') === etag
  const range = isSame ? readRange(ctx.get('Range'), size) : undefined
  if (range === 'beyond') {
    ctx.status = 416
    ctx.set('Content-Range', `bytes */${size}`)
    ctx.body = ''
    return
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  ctx.status = range ? 206 : 200
  if (range) ctx.set('Content-Range', `bytes ${start}-${end}/${size}`)
  ctx.set('Content-Length', String(end - start + 1))
  if (ctx.method === 'HEAD') ctx.res.end()
  else
    ctx.body =
      size === 0 ? Buffer.alloc(0) : createReadStream(path, { start, end }).once('close', watchBuffers())
}

/**
 * Reads a single range, as players request it. Several ranges and invalid ones get the whole file (RFC 9110, 14.2).
 */
export function readRange(
  header: string,
  size: number,
): { start: number; end: number } | 'beyond' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim()) ?? []
  if (from === '' && to === '') return undefined
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? 'beyond' : { start: size - length, end: size - 1 }
  }
  const start = Number(from)
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < start) return undefined
  return start >= size ? 'beyond' : { start, end }
}

/** Sends an answer with an ETag, or 304 to a client that has it. */
export function writeUnlessKnown(ctx: Context, { type, bytes, headers }: RawAnswer, etag: string): void {
  ctx.set({ ...headers, 'Content-Type': type, 'Cache-Control': 'private, no-cache' })
  if (matches(ctx.get('If-None-Match'), etag)) ctx.status = 304
  else ctx.body = typeof bytes === 'string' ? bytes : Buffer.from(bytes)
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()))
}

/** Builds a Content-Disposition (RFC 6266): a plain name for old clients, the full one for others. */
function disposition(how: 'inline' | 'attachment', fileName: string): string {
  if (fileName === '') return how
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const whole = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${how}; filename="${plain}"; filename*=UTF-8''${whole}`
}
