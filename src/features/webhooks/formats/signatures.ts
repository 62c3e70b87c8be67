import { createHmac } from 'node:crypto'
import type { WebhookFormat } from '../webhook.ts'

export interface Signed {
  /** `evt_…`, the same on every try. */
  id: string
  event: string
  /** The very bytes that are sent. */
  body: string
  /** The time of this try. */
  at: Date
  /** The newest first; two during a rotation. */
  secrets: readonly string[]
}

/** The headers of one try: Standard Webhooks' three on all of them, and those of the format. */
export function signatureHeaders(format: WebhookFormat, signed: Signed): Record<string, string> {
  return { ...standardHeaders(signed), ...formatHeaders[format](signed) }
}

const formatHeaders: Record<WebhookFormat, (signed: Signed) => Record<string, string>> = {
  botssy: ({ event, body, at, secrets }) => {
    const timestamp = String(at.getTime())
    // One receiver checks one signature: the newest secret signs first, and the old one stands behind a comma.
    const [signature = '', ...older] = secrets.map((secret) => hex(secret, `${timestamp}.${body}`))
    return {
      'x-botssy-signature': signature,
      ...(older.length === 0 ? {} : { 'x-botssy-signature-old': older.join(',') }),
      'x-botssy-timestamp': timestamp,
      'x-botssy-event': event,
    }
  },
  botbiz: ({ body, at, secrets }) => {
    const timestamp = seconds(at)
    // Some receivers keep the first v1 and some the last: during a rotation the newest secret's stands at both ends.
    const [newest] = secrets
    const signing = secrets.length > 1 && newest !== undefined ? [...secrets, newest] : secrets
    const all = signing.map((secret) => `v1=${hex(secret, `${timestamp}.${body}`)}`)
    return { 'x-botbiz-signature': [`t=${timestamp}`, ...all].join(',') }
  },
  standard: () => ({}),
}

function standardHeaders({ id, body, at, secrets }: Signed): Record<string, string> {
  const timestamp = seconds(at)
  const all = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': all.join(' ') }
}

/** The secret as it is written, prefix included, is the key. */
function hex(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000))
}
