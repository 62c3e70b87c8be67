import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
  json: Record<string, unknown>
  at: number
}

export type Answer = (request: Received, response: ServerResponse, socket: Socket) => void

export const ok: Answer = (_, response) => response.end('{"ok":true}')
export const status =
  (code: number, headers: Record<string, string> = {}, text = 'no'): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end(text)

/** A receiver of webhooks that can be told how to behave, and that remembers everything it got. */
export class Receiver {
  readonly got: Received[] = []
  answer: Answer = ok
  private server: Server | undefined
  private portNumber = 0
  private readonly sockets = new Set<Socket>()

  static async start(): Promise<Receiver> {
    const receiver = new Receiver()
    await receiver.up()
    return receiver
  }

  get port(): number {
    return this.portNumber
  }

  get url(): string {
    return `http://127.0.0.1:${this.portNumber}/hook`
  }

  /** Listens, on the port of last time where there was one. */
  async up(): Promise<void> {
    const server = createServer((request, response) => this.take(request, response))
    server.on('connection', (socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.portNumber, '127.0.0.1', resolve)
    })
    this.portNumber = (server.address() as AddressInfo).port
    this.server = server
  }

  /** Refuses connections from now on. */
  async down(): Promise<void> {
    const { server } = this
    this.server = undefined
    for (const socket of this.sockets) socket.destroy()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }

  /** The deliveries of an event, in the order in which they came. */
  of(event: string): Received[] {
    return this.got.filter(({ json }) => (json['event'] ?? json['type']) === event)
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const json = JSON.parse(body) as Record<string, unknown>
      const received = { headers: request.headers, body, json, at: Date.now() }
      this.got.push(received)
      this.answer(received, response, request.socket)
    })
  }
}
