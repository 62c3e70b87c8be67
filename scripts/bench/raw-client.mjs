// A client that costs as little as a client can, so that it is the server that is measured: kept connections, one request
// at a time on each, requests as text, and of an answer no more is read than its status and its length.
import { connect } from 'node:net'
import { key, quantile } from './lib.mjs'

const separator = Buffer.from('\r\n\r\n')

/** The bytes of a request with the key of the bench. */
export function requestText(base, { path, method = 'GET', body }) {
  const text = body === undefined ? '' : JSON.stringify(body)
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(base).host}`,
    `Authorization: Bearer ${key}`,
    ...(body === undefined
      ? []
      : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`]),
  ]
  return `${head.join('\r\n')}\r\n\r\n${text}`
}

class Connection {
  constructor(base) {
    const { hostname, port } = new URL(base)
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.socket.on('data', (bytes) => this.take(bytes))
    this.socket.on('error', (error) => this.waiting?.reject(error))
    this.socket.on('close', () => this.waiting?.reject(new Error('the server closed the connection')))
    this.begun = undefined
  }

  ask(text) {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.socket.write(text)
    })
  }

  take(bytes) {
    const all = this.begun ? Buffer.concat([this.begun, bytes]) : bytes
    const end = all.indexOf(separator)
    const whole = end === -1 ? Infinity : end + separator.length + lengthOf(all.latin1Slice(0, end))
    if (all.length < whole) {
      this.begun = all
      return
    }
    this.begun = undefined
    const { resolve, reject } = this.waiting
    this.waiting = undefined
    const status = all.latin1Slice(9, 12)
    if (status === '200') resolve()
    else reject(new Error(`answered with ${all.toString()}`))
  }
}

function lengthOf(head) {
  const found = /\r\ncontent-length: (\d+)/i.exec(head)
  if (!found) throw new Error(`an answer without a length:\n${head}`)
  return Number(found[1])
}

/** Sends `textOf(0)`, `textOf(1)` … on `callers` connections: rate per second, and the p50 and p99 of single requests in ms. */
export async function drive(base, { textOf, count, callers = 20 }) {
  const connections = Array.from({ length: callers }, () => new Connection(base))
  const times = []
  let next = 0
  const began = performance.now()
  try {
    await Promise.all(
      connections.map(async (connection) => {
        while (next < count) {
          const text = textOf(next++)
          const at = performance.now()
          await connection.ask(text)
          times.push(performance.now() - at)
        }
      }),
    )
  } finally {
    for (const { socket } of connections) socket.destroy()
  }
  const seconds = (performance.now() - began) / 1000
  return { perSecond: count / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
}
