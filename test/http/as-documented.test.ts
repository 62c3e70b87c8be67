import { expect, inject, test } from 'vitest'
import { ApiDocument } from '../support/openapi-document.ts'
import type { OpenApiDocument } from '../support/openapi-document.ts'

// Every answer of every test is held against the document (test/support/as-documented.ts). That this finds something:

const document = new ApiDocument(JSON.parse(inject('document')) as OpenApiDocument)
const operation = document.find('get', '/api/v1/chats/549111/messages')
const example = operation?.responses['200']?.content?.['application/json']?.example as Record<string, unknown>
const limits = {
  'x-ratelimit-limit': '60',
  'x-ratelimit-remaining': '59',
  'x-ratelimit-reset': '1790000000',
  ratelimit: '"minute";r=59;t=1',
  'ratelimit-policy': '"minute";q=60;w=60',
}

interface Given {
  status?: number
  body?: unknown
  headers?: Record<string, string>
}

function faultOf({ status = 200, body = example, headers = {} }: Given): string | undefined {
  const all = { 'content-type': 'application/json', 'x-request-id': 'req_1', ...limits, ...headers }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
  const response = { status, headers: new Headers(given) }
  return document.faultOfAnswer('GET', '/api/v1/chats/549111/messages', {
    response,
    text: JSON.stringify(body),
  })
}

test('an answer as the document promises it has no fault', () => {
  expect(faultOf({})).toBeUndefined()
})

test.each([
  ['a status that is not promised', { status: 202 }, 'does not promise 202'],
  ['another content type', { headers: { 'content-type': 'text/plain' } }, 'does not promise text/plain'],
  ['no request id', { headers: { 'x-request-id': '' } }, 'no header X-Request-Id'],
  ['no limits', { headers: { ratelimit: '' } }, 'no header RateLimit'],
  [
    'a limit that is no number',
    { headers: { 'x-ratelimit-limit': 'lots' } },
    'X-RateLimit-Limit is no number',
  ],
  ['a body without what is required', { body: {} }, 'must have required property'],
  ['a body of another type', { body: { ...example, messages: 'none' } }, 'must be array'],
  ['a refusal that is no error body', { status: 404, body: { oops: true } }, 'must have required property'],
  ['a refusal that does not say when to come again', { status: 429 }, 'no header Retry-After'],
])('%s is found to be a fault', (_what, given, fault) => {
  expect(faultOf(given)).toContain(fault)
})
