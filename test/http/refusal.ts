import { isDeepStrictEqual } from 'node:util'
import { ErrorBody } from '../../src/http/answers/error-bodies.ts'
import type { Reply } from '../support/http-client.ts'

/** Reads a refusal. @throws if its body is not exactly the common one, or contradicts itself or the headers */
export function refusal(reply: Reply) {
  const body = ErrorBody.parse(reply.json)
  const { error, message, statusCode } = body
  const requestId = reply.headers.get('x-request-id')
  const whole = {
    statusCode,
    message,
    error: { ...error, message, status: statusCode, request_id: requestId },
  }
  if (!isDeepStrictEqual(reply.json, whole)) throw new Error(`not the common error body: ${reply.text}`)
  if (reply.headers.get('content-type') !== 'application/json; charset=utf-8')
    throw new Error('not sent as JSON')
  if (statusCode !== reply.status) throw new Error(`${statusCode} was sent with ${reply.status}`)
  return { status: statusCode, code: error.code, message, details: error.details }
}
