import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { AppError } from '../../core/errors.ts'
import { presentError } from '../answers/error-bodies.ts'

const faults: Record<string, { line: string; message: string }> = {
  HPE_HEADER_OVERFLOW: {
    line: '431 Request Header Fields Too Large',
    message: 'The headers of the request are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', message: 'The request took too long to arrive' },
}

const malformed = { line: '400 Bad Request', message: 'This is not a valid HTTP request' }

/** Answers a request that the HTTP parser refused before any route: sends the common error body and closes. */
export function answerBrokenRequest(error: Error, socket: Duplex): void {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { line, message } = faults[code] ?? malformed
  const status = Number(line.slice(0, 3))
  const requestId = `req_${randomUUID().replaceAll('-', '')}`
  const shown = presentError(new AppError('invalid_request', message), requestId)
  const body = JSON.stringify({ ...shown, statusCode: status, error: { ...shown.error, status } })
  socket.end(
    `HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `X-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
