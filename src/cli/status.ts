import { z } from 'zod'
import { formatPhone } from '../domain/jid.ts'
import { askGateway } from './ask-gateway.ts'
import type { GatewayFlags } from './ask-gateway.ts'
import type { CliContext, ExitCode } from './context.ts'

export interface StatusFlags extends GatewayFlags {
  json?: boolean
}

const Status = z.looseObject({
  business: z.string(),
  connected: z.boolean(),
  phone: z.string().nullable(),
  botPurpose: z.string(),
  botNewChats: z.boolean(),
  activeBotChats: z.number(),
  untouchableChats: z.number(),
  connection: z.looseObject({ say: z.string() }),
  outbox: z.looseObject({
    waiting: z.number(),
    oldest: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  newChats: z
    .looseObject({ held: z.looseObject({ say: z.string(), until: z.string().nullable() }).nullable() })
    .optional(),
  journal: z.looseObject({ waiting: z.number(), setAside: z.number() }),
})
export type Status = z.infer<typeof Status>

/** Asks the running gateway how it is. 0: connected to WhatsApp, 1: not connected, 2: no answer. */
export async function status(flags: StatusFlags, context: CliContext): Promise<ExitCode> {
  const answer = await askGateway(flags, context, { path: '/api/v1/status', schema: Status })
  if (!answer.ok) {
    context.stderr.write(`${answer.why}\n`)
    return 2
  }
  const { body, url } = answer
  context.stdout.write(`${flags.json ? JSON.stringify(body, null, 2) : renderStatus(body, url)}\n`)
  return body.connected ? 0 : 1
}

function chats(count: number): string {
  return count === 1 ? '1 chat' : `${count} chats`
}

export function renderStatus(status: Status, url: string): string {
  const phone = status.phone === null ? null : formatPhone(status.phone)
  const connection = status.connected
    ? `connected to WhatsApp${phone === null ? '' : ` as ${phone}`}`
    : `not connected to WhatsApp${phone === null ? '; no phone is linked yet' : ` (linked as ${phone})`}`
  const { outbox, journal } = status
  const lines = [
    `The gateway at ${url} is ${connection}.`,
    `Business: ${status.business === '' ? 'no name yet' : status.business}`,
    `Bot: ${status.botPurpose}; on in ${chats(status.activeBotChats)}, never in ${chats(status.untouchableChats)}; ` +
      `it ${status.botNewChats ? 'answers' : 'does not answer'} new chats.`,
  ]
  if (!status.connected || status.connection.say.includes('times in the last hour'))
    lines.push(status.connection.say)
  if (outbox.waiting > 0) {
    const reason = outbox.reason === null ? '' : ` ${outbox.reason}`
    lines.push(`Outbox: ${outbox.waiting} waiting, the oldest since ${outbox.oldest ?? 'now'}.${reason}`)
  }
  const held = status.newChats?.held
  if (held) lines.push(`New chats: ${held.say}${held.until === null ? '' : ` Until ${held.until}.`}`)
  if (journal.waiting > 0) lines.push(`Received and not stored as messages yet: ${journal.waiting}.`)
  if (journal.setAside > 0) {
    lines.push(`Received, but not to be made sense of: ${journal.setAside}. They are kept; the log says why.`)
  }
  return lines.join('\n')
}
