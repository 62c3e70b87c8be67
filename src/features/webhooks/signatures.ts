import { createHmac } from 'node:crypto'

/** Holds the signed parts of one try. */
export interface Signed {
  /** `evt_…`, the same on every try. */
  id: string
  event: string
  /** The exact bytes that are sent. */
  body: string
  /** The time of this try. */
  at: Date
  /** Newest first; two during a rotation. */
  secrets: readonly string[]
}

/** Returns the three headers of Standard Webhooks, which every try has. */
export function standardHeaders({ id, body, at, secrets }: Signed): Record<string, string> {
  const timestamp = unixSecondsText(at)
  const all = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': all.join(' ') }
}

/** Signs a text with HMAC-SHA256, in hexadecimal, with the secret as written, prefix included. */
export function hexSignature(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

/** Writes a time in whole Unix seconds. */
export function unixSecondsText(at: Date): string {
  return String(Math.floor(at.getTime() / 1000))
}
