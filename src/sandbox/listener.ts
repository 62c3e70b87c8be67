import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { listen } from './listen.ts'

/** Says where to listen, and who handles requests. */
export interface ListenerOptions {
  readonly host: string
  readonly port: number
  /** True if any free port will do at the first start when another program has this one. */
  readonly mayMove: boolean
  readonly onSocket: (socket: WebSocket, stream: Duplex) => void
  readonly onRequest: RequestListener
}

/** `open` accepts connections, `busy` answers them with HTTP 503, `closed` does not listen. */
export type Access = 'open' | 'busy' | 'closed'

/** Listens on the sandbox's port: WebSockets for clients, plain HTTP for the control API. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 26 })
  readonly #server: Server
  #port: number
  #hasListened = false
  #access: Access = 'closed'

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#port = options.port
    this.#server = createServer(options.onRequest)
    // Longer than a busy client leaves a connection idle, which would otherwise reuse a closing one.
    this.#server.keepAliveTimeout = 300_000
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Returns the real port, once it has listened. */
  get port(): number {
    return this.#port
  }

  get access(): Access {
    return this.#access
  }

  async start(): Promise<void> {
    if (this.#access !== 'closed') return
    const { host, mayMove } = this.#options
    this.#port = await listen(this.#server, {
      host,
      port: this.#port,
      mayMove: mayMove && !this.#hasListened,
    })
    this.#hasListened = true
    this.#access = 'open'
  }

  /** Stops listening. Open WebSockets go on; the sandbox's `stop` ends them first. */
  async close(): Promise<void> {
    if (this.#access === 'closed') return
    this.#access = 'closed'
    this.#server.closeIdleConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      // Does not wait for the WebSockets: only the port has to be free.
      setImmediate(resolve)
    })
  }

  setBusy(busy: boolean): void {
    if (this.#access !== 'closed') this.#access = busy ? 'busy' : 'open'
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#access !== 'open') {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#options.onSocket(webSocket, socket),
    )
  }
}
