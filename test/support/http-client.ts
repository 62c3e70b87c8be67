import { connect } from 'node:net'

export interface Reply {
  status: number
  headers: Headers
  text: string
  /** The parsed body; undefined where it is no JSON. */
  json: unknown
}

export interface Ask {
  method?: string
  key?: string | null
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, with no content type of its own. */
  raw?: string | Uint8Array
}

/** Asks over real HTTP. A client keeps the address and the key of one server. */
export class HttpClient {
  private readonly url: string
  private readonly key: string | null

  constructor(url: string, key: string | null = null) {
    this.url = url
    this.key = key
  }

  get(path: string, ask: Ask = {}): Promise<Reply> {
    return this.ask(path, { method: 'GET', ...ask })
  }

  post(path: string, body: unknown, ask: Ask = {}): Promise<Reply> {
    return this.ask(path, { method: 'POST', body, ...ask })
  }

  patch(path: string, body: unknown, ask: Ask = {}): Promise<Reply> {
    return this.ask(path, { method: 'PATCH', body, ...ask })
  }

  async ask(path: string, ask: Ask): Promise<Reply> {
    const key = ask.key === undefined ? this.key : ask.key
    const headers = new Headers(ask.headers)
    if (key !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${key}`)
    const init: RequestInit = { method: ask.method ?? 'GET', headers }
    if (ask.raw !== undefined) init.body = ask.raw
    else if (ask.body !== undefined) {
      init.body = JSON.stringify(ask.body)
      if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    }
    const response = await fetch(this.url + path, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: parsed(text) }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Writes bytes to a server and returns all that it answers until it closes: for what no HTTP client would send. */
export function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => (answer += chunk))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
