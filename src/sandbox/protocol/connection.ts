import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { FrameReader, toFrame } from './frames.ts'
import type { KeyPair } from './keys.ts'
import type { Line } from '../linking/linked-device.ts'
import { decodeNode, encodeNode, node, type BinaryNode } from './nodes.ts'
import { ServerHandshake, type HandshakeResult, type Transport } from './noise.ts'

/** Holds the server's Noise key and the certificates for it. */
export interface ServerIdentity {
  readonly keys: KeyPair
  readonly certificates: Buffer
}

/** Holds a client's WebSocket and the TCP stream below it. */
export interface Wire {
  readonly socket: WebSocket
  readonly stream: Duplex
}

/** Handles a connection once its client has proved its Noise key. */
export interface ConnectionHandler {
  opened(connection: Connection, result: HandshakeResult): void
  received(connection: Connection, stanza: BinaryNode): void
  closed(connection: Connection): void
}

/** Milliseconds that a client has to close the connection after it was told why. */
const lingerMs = 2000

/** Names the states of a connection; see {@link Connection}. */
export type ConnectionState = 'hello' | 'finish' | 'open' | 'closed'

/**
 * Serves one client's WebSocket: Noise handshake, then stanzas both ways.
 *
 * `hello` waits for the client's first handshake message, `finish` for its second; `open` begins when that one has been
 * verified and lasts until either side ends it; `closed` is final.
 */
export class Connection implements Line {
  readonly since = Date.now()
  /** Names the client, for debugging. */
  label = 'unknown'
  #state: ConnectionState = 'hello'
  #transport: Transport | undefined
  /** True after the client was told why the connection ends. */
  #isEnding = false
  #frozen = false
  readonly #held: BinaryNode[] = []
  #corked = false
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #handler: ConnectionHandler
  readonly #identity: ServerIdentity
  readonly #handshake: ServerHandshake
  readonly #frames = new FrameReader()

  constructor({ socket, stream }: Wire, identity: ServerIdentity, handler: ConnectionHandler) {
    this.#socket = socket
    this.#stream = stream
    this.#identity = identity
    this.#handler = handler
    this.#handshake = new ServerHandshake(identity.keys)
    socket.on('message', (data: Buffer) => this.#onData(data))
    socket.on('close', () => this.#onClosed())
    socket.on('error', () => socket.terminate())
  }

  get state(): ConnectionState {
    return this.#state
  }

  get frozen(): boolean {
    return this.#frozen
  }

  send(stanza: BinaryNode): void {
    if (this.#state !== 'open' || this.#isEnding || !this.#transport) return
    if (this.#frozen) this.#held.push(stanza)
    else this.#write(this.#transport.encrypt(encodeNode(stanza)))
  }

  /** Ends the stream with an error. 440: a second login took over; 401: the device was removed. */
  fail(code: number): void {
    const conflict = code === 440 ? 'replaced' : code === 401 ? 'device_removed' : undefined
    const content = conflict === undefined ? undefined : [node('conflict', { type: conflict })]
    const attributes = code === 440 ? {} : { code: code.toString() }
    this.#endWith(node('stream:error', attributes, content))
  }

  /** Refuses the login. */
  refuse(reason: number): void {
    this.#endWith(node('failure', { reason: reason.toString(), location: 'sandbox' }))
  }

  close(): void {
    this.#socket.close()
  }

  /**
   * Says why the stream ends, and leaves the closing to the client for a while: whatsmeow drops unread stanzas when the
   * connection closes, and would wait for ever after a 515.
   */
  #endWith(reason: BinaryNode): void {
    this.send(reason)
    this.#isEnding = true
    setTimeout(() => this.close(), lingerMs).unref()
  }

  /** Cuts the TCP connection without notice. */
  drop(): void {
    this.#socket.terminate()
  }

  /** Half-opens: the TCP connection stays, but nothing is read or written. */
  freeze(): void {
    this.#frozen = true
    this.#socket.pause()
  }

  thaw(): void {
    this.#frozen = false
    for (const stanza of this.#held.splice(0)) this.send(stanza)
    this.#socket.resume()
  }

  #onData(data: Buffer): void {
    try {
      for (const frame of this.#frames.read(data)) this.#onFrame(frame)
    } catch {
      // A client that breaks the protocol is disconnected, as by WhatsApp.
      this.drop()
    }
  }

  #onFrame(frame: Buffer): void {
    switch (this.#state) {
      case 'hello':
        this.#write(this.#handshake.hello(frame, this.#identity.certificates))
        this.#state = 'finish'
        return
      case 'finish': {
        const result = this.#handshake.finish(frame)
        this.#transport = result.transport
        this.#state = 'open'
        this.#handler.opened(this, result)
        return
      }
      case 'open':
        if (this.#transport && !this.#isEnding)
          this.#handler.received(this, decodeNode(this.#transport.decrypt(frame)))
        return
      case 'closed':
        return
    }
  }

  #onClosed(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#handler.closed(this)
  }

  /** Writes everything of one event-loop turn in one system call. */
  #write(payload: Buffer): void {
    if (!this.#corked) {
      this.#corked = true
      this.#stream.cork()
      setImmediate(() => {
        this.#corked = false
        this.#stream.uncork()
      })
    }
    this.#socket.send(toFrame(payload))
  }
}
