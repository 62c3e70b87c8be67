import { createHmac } from 'node:crypto'
import type { WebhookFormat } from '../webhook.ts'

/** What is signed for one try. */
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

/** Returns the headers of one try: always the three of Standard Webhooks, and those of the format. */
export function signatureHeaders(format: WebhookFormat, signed: Signed): Record<string, string> {
  return { ...standardHeaders(signed), ...formatHeaders[format](signed) }
}

const formatHeaders: Record<WebhookFormat, (signed: Signed) => Record<string, string>> = {
  botssy: ({ event, body, at, secrets }) => {
    const timestamp = String(at.getTime())
    // A receiver checks one signature: the newest secret signs first, the old one after a comma.
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
    // Some receivers keep the first v1 and some the last: during a rotation the newest secret's signature stands at
    // both ends.
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

/** Signs with the secret as written, prefix included. */
function hex(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000))
}
