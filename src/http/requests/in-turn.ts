import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of a connection that may wait; the next one ends the connection. */
const maxWaiting = 32

interface Line {
  /** The answer on which the next request waits. */
  last: ServerResponse
  waiting: number
}

const lines = new WeakMap<Socket, Line>()

/**
 * Handles the requests of a connection one after another. HTTP/1.1 lets a client send the next one before the last one is
 * answered (pipelining: RFC 9112, section 9.3.2): a thousand of them in one packet would all be handled before other
 * connections, and their answers wait in memory for a client that reads none.
 */
export function handleInTurn(req: IncomingMessage, res: ServerResponse, handle: () => void): void {
  const line = lines.get(req.socket)
  if (line === undefined || line.last.closed) {
    lines.set(req.socket, { last: res, waiting: 0 })
    handle()
    return
  }
  if (++line.waiting > maxWaiting) {
    req.socket.destroy()
    return
  }
  const { last } = line
  line.last = res
  last.once('close', () => {
    line.waiting--
    if (req.socket.destroyed) return
    // Other connections come in between.
    setImmediate(handle)
  })
}
