import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Faults } from '../protocol/faults.ts'
import { listen } from '../listen.ts'
import type { Log } from '../log.ts'
import { selfSigned, type ServerCertificate } from './certificate.ts'
import { macLength } from './cipher.ts'
import type { MediaStore } from './media-store.ts'

/** Holds the media host in the state file. */
export interface SavedMediaHost extends ServerCertificate {
  readonly port: number
}

interface Parts {
  readonly host: string
  readonly store: MediaStore
  readonly faults: Faults
  readonly log: Log
}

const uploadPath = /^\/mms\/(image|video|document|audio|md-app-state)\/([\w-]{43}=?)$/

/** Plays WhatsApp's media hosts: stores encrypted files and returns them, over HTTPS. */
export class MediaHost {
  readonly certificate: ServerCertificate
  readonly #parts: Parts
  readonly #server: Server
  #port: number

  constructor(parts: Parts, saved?: SavedMediaHost) {
    this.#parts = parts
    const names = ['localhost', '127.0.0.1', 'mmg.whatsapp.net', '*.whatsapp.net']
    const { host } = parts
    this.certificate =
      saved ?? selfSigned(names.includes(host) || host === '0.0.0.0' ? names : [...names, host])
    this.#port = saved?.port ?? 0
    this.#server = createServer({ ...this.certificate }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        parts.log('media_request_failed', { reason: String(error) })
        response.destroy()
      })
    })
  }

  async start(): Promise<void> {
    const { host, store } = this.#parts
    const remembered = this.#port
    this.#port = await listen(this.#server, { host, port: remembered, mayMove: true })
    if (remembered !== 0 && this.#port !== remembered) {
      this.#parts.log('port_taken', { of: 'media host', port: remembered, instead: this.#port })
    }
    store.hostname = `${host === '0.0.0.0' ? '127.0.0.1' : host}:${this.#port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  save(): SavedMediaHost {
    return { ...this.certificate, port: this.#port }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://media')
    if (request.method === 'POST') return this.#upload(request, response, { pathname, searchParams })
    if (request.method !== 'GET') return refuse(response, 405)
    const failure = this.#parts.faults.takeMediaFailure('download')
    if (failure !== undefined) return refuse(response, failure)
    await this.#download(request, response, pathname)
  }

  async #upload(
    request: IncomingMessage,
    response: ServerResponse,
    { pathname, searchParams }: { pathname: string; searchParams: URLSearchParams },
  ): Promise<void> {
    const { store, faults, log } = this.#parts
    const [, kind = '', token = ''] = uploadPath.exec(pathname) ?? []
    const failure = faults.takeMediaFailure('upload')
    const authorised = searchParams.get('auth') === store.auth && searchParams.get('token') === token
    const status = failure ?? (kind === '' ? 404 : authorised ? undefined : 401)
    if (status !== undefined) {
      request.resume()
      return refuse(response, status)
    }
    const draft = store.draft()
    try {
      const { hash, size } = await store.write(draft, request)
      const sealed = size > macLength && (size - macLength) % 16 === 0
      if (!sealed || !hash.equals(Buffer.from(token, 'base64url'))) {
        log('upload_refused', { size, sealed })
        return refuse(response, 415)
      }
      const directPath = await store.keep(draft, kind, hash)
      reply(response, { url: store.urlOf(directPath), direct_path: directPath })
    } finally {
      await store.discard(draft)
    }
  }

  async #download(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { store } = this.#parts
    const found = store.find(path)
    if (typeof found === 'number') return refuse(response, found)
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const start = from === undefined ? 0 : Number(from)
    const end = to ? Math.min(Number(to), found.size - 1) : found.size - 1
    if (start > end) return refuse(response, 416)
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'content-length': (end - start + 1).toString(),
    }
    if (from !== undefined) headers['content-range'] = `bytes ${start}-${end}/${found.size}`
    response.writeHead(from === undefined ? 200 : 206, headers)
    await pipeline(store.read(found, { start, end }), response)
  }
}

function reply(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
}
