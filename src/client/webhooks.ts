/** Thrown for a delivery whose signature is missing, wrong or too old: answer it with 401 and do nothing. */
export class WebhookSignatureError extends Error {
  override readonly name = 'WebhookSignatureError'
}

/** Holds a webhook request as received. */
export interface WebhookDelivery {
  /** The request's headers, as `fetch` or Node's `http` give them. */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body as received, before any JSON parser. */
  body: string | Uint8Array
  /** The webhook's secret, `whsec_…`; several during a rotation. */
  secret: string | readonly string[]
  /** Seconds that the delivery may be old or ahead; 300 if undefined. */
  toleranceSeconds?: number
  /** The time now, for tests. */
  now?: Date
}

/**
 * Verifies the signature of a webhook and resolves with its parsed body, in each of the three formats. Uses the
 * `webhook-…` headers of Standard Webhooks (https://www.standardwebhooks.com), which every delivery has.
 * @throws WebhookSignatureError if the delivery is not from the gateway, was changed, or is too old
 */
export async function verifyWebhook<T = unknown>(delivery: WebhookDelivery): Promise<T> {
  const { headers, toleranceSeconds = 300, now = new Date() } = delivery
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  // NaN is outside every tolerance.
  if (!(Math.abs(now.getTime() / 1000 - seconds) <= toleranceSeconds)) {
    throw new WebhookSignatureError('webhook-timestamp is missing, or too far from the local time')
  }
  const body = typeof delivery.body === 'string' ? new TextEncoder().encode(delivery.body) : delivery.body
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const signed = new Uint8Array(head.length + body.length)
  signed.set(head)
  signed.set(body, head.length)
  const secrets = typeof delivery.secret === 'string' ? [delivery.secret] : delivery.secret
  const signatures = headerOf(headers, 'webhook-signature')
    .split(' ')
    .slice(0, maxSignatures)
    .filter((each) => each.startsWith('v1,'))
  for (const secret of secrets) {
    const key = await keyOf(secret)
    for (const signature of signatures) {
      const bytes = fromBase64(signature.slice(3))
      // Constant-time: takes the same time wherever the two differ.
      if (bytes && (await crypto.subtle.verify('HMAC', key, bytes, signed))) {
        return JSON.parse(new TextDecoder().decode(body)) as T
      }
    }
  }
  throw new WebhookSignatureError('webhook-signature does not match: wrong secret, or the body was changed')
}

/** More than the gateway ever sends. */
const maxSignatures = 10

function headerOf(headers: WebhookDelivery['headers'], name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  return typeof value === 'string' ? value : ''
}

function keyOf(secret: string): ReturnType<typeof crypto.subtle.importKey> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''))
  if (!bytes || bytes.length === 0) throw new WebhookSignatureError('expected a secret of whsec_ and base64')
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}
