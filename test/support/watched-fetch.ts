import { inject } from 'vitest'
import { ApiDocument } from './openapi-document.ts'
import type { OpenApiDocument } from './openapi-document.ts'

const faults: string[] = []
let document: ApiDocument | undefined
const { fetch } = globalThis

// Once for all test files of a worker.
globalThis.fetch = async (input, init) => {
  const response = await fetch(input, init)
  // All that the gateway answers has an id, and of other servers nothing is promised.
  if (!response.headers.has('x-request-id')) return response
  document ??= new ApiDocument(JSON.parse(inject('document')) as OpenApiDocument)
  const { method, url } =
    input instanceof Request ? input : { method: init?.method ?? 'GET', url: String(input) }
  const isJson =
    method !== 'HEAD' && /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
  // A daemon may be killed while it answers, which is the test's affair.
  const text = isJson
    ? await response
        .clone()
        .text()
        .catch(() => undefined)
    : undefined
  const fault = document.faultOfAnswer(method, new URL(url).pathname, { response, text })
  if (fault !== undefined) faults.push(`${method} ${url}: ${fault}`)
  return response
}

/** Returns and forgets the answers' faults by the OpenAPI document since the last call. */
export function takeFaults(): string[] {
  return faults.splice(0)
}
