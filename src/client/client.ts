import createFetchClient from 'openapi-fetch'
import type { Client as FetchClient, Middleware } from 'openapi-fetch'
import { ZaguanError } from './errors.ts'
import { fetchAgain } from './retries.ts'
import type { RetryOptions } from './retries.ts'
import type { paths } from './schema.ts'

export { ZaguanError } from './errors.ts'
export { WebhookSignatureError, verifyWebhook } from './webhooks.ts'
export type { WebhookDelivery } from './webhooks.ts'
export type { ErrorBody, ErrorCode, ErrorDetail } from './errors.ts'
export type { RetryOptions } from './retries.ts'
export type { components, operations, paths } from './schema.ts'

/** Says how to reach the gateway. */
export interface ClientOptions extends RetryOptions {
  /** The gateway's address, such as `http://127.0.0.1:3000`. */
  baseUrl: string
  /** An API key, `bsk_live_…` or `bsk_test_…`. */
  key: string
  /** Replaces the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>
}

/**
 * `GET`, `POST`, `PUT`, `PATCH` and `DELETE`, each typed with the paths, parameters, bodies and responses of the
 * gateway's OpenAPI document.
 */
export type Client = FetchClient<paths, 'application/json'>

/**
 * Creates a client for the gateway's APIs. Every call resolves with `data` or `error`; {@link dataOf} throws instead
 * of returning `error`. Each POST gets its own `Idempotency-Key` unless it brings one, so that no retry does its work
 * twice.
 */
export function createClient({ baseUrl, key, fetch, ...again }: ClientOptions): Client {
  const client = createFetchClient<paths, 'application/json'>({
    baseUrl: baseUrl.replace(/\/+$/, ''),
    headers: { authorization: `Bearer ${key}` },
    fetch: fetchAgain(fetch ?? ((request) => globalThis.fetch(request)), again),
  })
  client.use(repeatable)
  return client
}

const keyHeader = 'Idempotency-Key'

const repeatable: Middleware = {
  onRequest({ request }) {
    if (request.method === 'POST' && !request.headers.has(keyHeader)) {
      request.headers.set(keyHeader, crypto.randomUUID())
    }
    return request
  },
}

/**
 * Unwraps the data of a call.
 * @throws ZaguanError if the gateway refused it
 */
export async function dataOf<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Exclude<T, undefined>> {
  const { data, error, response } = await call
  if (!response.ok) throw new ZaguanError(response.status, error)
  return data as Exclude<T, undefined>
}
