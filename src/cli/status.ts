import { z } from 'zod'
import { formatPhone } from '../core/jid.ts'
import { shortTime } from '../core/time/local-moment.ts'
import { oneLine } from '../util/text.ts'
import { askGateway } from './ask-gateway.ts'
import type { GatewayFlags } from './ask-gateway.ts'
import type { CliContext, ExitCode } from './context.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of `status`. */
export interface StatusFlags extends GatewayFlags {
  json?: boolean
}

/** The maximum length of a sentence from the gateway. */
const maxSentence = 500

const Account = z.looseObject({
  id: z.string(),
  name: z.string(),
  phone: z.string().nullable(),
  state: z.string(),
  say: z.string(),
})
type AccountShown = z.infer<typeof Account>

const Status = z.looseObject({
  business: z.string(),
  connected: z.boolean(),
  phone: z.string().nullable(),
  botPurpose: z.string(),
  botNewChats: z.boolean(),
  activeBotChats: z.number(),
  untouchableChats: z.number(),
  connection: z.looseObject({
    say: z.string(),
    state: z.string().optional(),
    until: z.string().nullish(),
  }),
  outbox: z.looseObject({
    waiting: z.number(),
    oldest: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  newChats: z
    .looseObject({ held: z.looseObject({ say: z.string(), until: z.string().nullable() }).nullable() })
    .optional(),
  journal: z.looseObject({ waiting: z.number(), setAside: z.number() }),
  model: z.looseObject({ state: z.string(), say: z.string(), since: z.string().nullable() }).optional(),
  accounts: z.array(Account).optional(),
  webhooks: z
    .looseObject({
      pending: z.number(),
      failing: z.array(z.looseObject({ name: z.string(), since: z.string() })),
    })
    .optional(),
})
/** Holds the gateway's status. */
type Status = z.infer<typeof Status>

/** Prints the status of the running gateway. Exit code 0: connected to WhatsApp, 1: not connected, 2: no answer. */
export async function status(flags: StatusFlags, context: CliContext): Promise<ExitCode> {
  const answer = await askGateway(flags, context, { path: '/api/v1/status', schema: Status })
  if (!answer.ok) {
    print(context.stderr, `${answer.why}\n`)
    return 2
  }
  const { body, url } = answer
  if (flags.json) printJson(context.stdout, body)
  else print(context.stdout, `${renderStatus(body, url)}\n`)
  return body.connected ? 0 : 1
}

function chats(count: number): string {
  return count === 1 ? '1 chat' : `${count} chats`
}

/** Renders the status as lines for a person. @param now decides which times are of today and go without a date */
function renderStatus(status: Status, url: string, now: Date = new Date()): string {
  const { outbox, journal, accounts = [] } = status
  const phone = status.phone === null ? null : formatPhone(status.phone)
  const connection = status.connected
    ? `connected to WhatsApp${phone === null ? '' : ` as ${phone}`}`
    : `not connected to WhatsApp${phone === null ? '; no phone is linked yet' : ` (linked as ${phone})`}`
  const lines = [`The gateway at ${url} is ${connection}.`]
  if (!status.connected || status.connection.say.includes('times in the last hour'))
    lines.push(oneLine(status.connection.say, maxSentence) + nextTry(status.connection, now))
  if (accounts.length > 1) lines.push('Accounts:', ...accounts.map(renderAccount))
  lines.push(
    `Business: ${status.business === '' ? 'no name yet' : oneLine(status.business, 120)}`,
    renderBot(status, now),
  )
  if (outbox.waiting > 0) {
    const reason = outbox.reason === null ? '' : ` ${oneLine(outbox.reason, maxSentence)}`
    const since = outbox.oldest === null ? 'now' : shortTime(outbox.oldest, now)
    lines.push(`Outbox: ${outbox.waiting} waiting, the oldest since ${since}.${reason}`)
  }
  const held = status.newChats?.held
  if (held) {
    const until = held.until === null ? '' : ` Until ${shortTime(held.until, now)}.`
    lines.push(`New chats: ${oneLine(held.say, maxSentence)}${until}`)
  }
  lines.push(...renderWebhooks(status.webhooks, now))
  if (journal.waiting > 0) lines.push(`Received, not stored yet: ${journal.waiting}.`)
  if (journal.setAside > 0)
    lines.push(`Received, but unreadable: ${journal.setAside}. They are kept; see the log.`)
  return lines.join('\n')
}

/** Says in how many seconds the next try comes. */
function nextTry({ state, until }: Status['connection'], now: Date): string {
  if (state !== 'waiting' || until == null) return ''
  const seconds = Math.max(0, Math.round((new Date(until).getTime() - now.getTime()) / 1000))
  return Number.isNaN(seconds) ? '' : ` Next try in ${seconds} s.`
}

function renderAccount({ id, name, phone, state, say }: AccountShown): string {
  const number = phone === null ? 'not linked yet' : formatPhone(phone)
  const how = state === 'open' ? 'connected' : oneLine(say, maxSentence)
  return `  ${id}  ${oneLine(name, 80)}  ${number}  ${how}`
}

function renderBot(status: Status, now: Date): string {
  const { model } = status
  const where =
    `${status.botPurpose}; on in ${chats(status.activeBotChats)}, never in ${chats(status.untouchableChats)}; ` +
    `it ${status.botNewChats ? 'answers' : 'does not answer'} new chats.`
  const isOn = status.botNewChats || status.activeBotChats > 0
  if (model === undefined || (model.state === 'missing' && !isOn)) return `Bot: ${where}`
  if (model.state !== 'missing' && model.state !== 'down') return `Bot: ${where}`
  const since = model.since === null ? '' : ` (since ${shortTime(model.since, now)})`
  return `Bot: ${where}\nThe bot cannot answer${since}: ${oneLine(model.say, maxSentence)}`
}

function renderWebhooks(webhooks: Status['webhooks'], now: Date): string[] {
  if (webhooks === undefined || webhooks.failing.length === 0) return []
  const names = webhooks.failing.map(({ name, since }) => {
    return `"${oneLine(name, 60)}" since ${shortTime(since, now)}`
  })
  return [`Webhooks: ${webhooks.pending} waiting; failing: ${names.join(', ')}.`]
}
