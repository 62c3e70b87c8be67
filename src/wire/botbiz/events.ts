import { displayName } from '../../domain/customer.ts'
import type { EventFacts } from '../../domain/event-facts.ts'
import type { EventName } from '../../domain/events.ts'
import { phoneOf } from '../../domain/jid.ts'
import { previewOf } from '../../domain/message.ts'
import type { Message } from '../../domain/message.ts'
import { eventData } from '../shared/event-data.ts'
import type { EventWords } from '../shared/event-data.ts'
import { accountRef, plusDigits } from '../shared/ids.ts'
import { presentSender } from '../shared/messages.ts'
import { iso, unixSeconds } from '../shared/times.ts'

/** The body of a Botbiz webhook. */
export function presentBotbizEvent(facts: EventFacts): {
  id: string
  type: string
  created: number
  data: object
} {
  const { event } = facts
  return {
    id: event.id,
    type: botbizEventName(event.name),
    created: unixSeconds(event.createdAt),
    data: { account_id: accountRef(event.accountId), ...eventData(facts, words) },
  }
}

/** What concerns WhatsApp itself, messages and accounts, has its name in front. */
export function botbizEventName(name: EventName): string {
  return /^(message|account)\./.test(name) ? `whatsapp.${name}` : name
}

const words: EventWords = {
  conversation: ({ id, row, status }) => ({
    conversation_id: id,
    status: status ?? row?.status,
    phone_number: plusDigits(row?.phone ?? null),
    customer_id: row?.customer.id ?? null,
    created_at: row ? iso(row.createdAt) : null,
  }),
  customer: ({ id, row }) => ({
    customer_id: id,
    name: row ? displayName(row) : null,
    phone_number: plusDigits(row?.phone ?? null),
    email: row?.email ?? null,
    tags: row?.tags ?? [],
    accepts_marketing: row?.acceptsMarketing ?? false,
  }),
  account: ({ data }, { account }) => ({
    phone_number: plusDigits(account?.phone ?? null),
    status: data.status,
    reason: data.reason,
  }),
  message: (id, { message, account }) => ({
    message_id: messageRef(id),
    ...(message ? presentMessage(message, account?.phone ?? null) : {}),
  }),
  reaction: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    emoji: data.emoji,
    from_me: data.fromMe,
  }),
  edited: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    content: data.text,
    previous_content: data.previousText,
  }),
  deleted: ({ data }) => ({ message_id: messageRef(data.messageId) }),
  test: (webhookId) => ({ webhook_id: webhookId, message: 'This is a test of the webhook.' }),
  rest: snakeCase,
}

function messageRef(id: number): string {
  return `msg_${id}`
}

function presentMessage(message: Message, ownPhone: string | null): object {
  const theirs = plusDigits(phoneOf(message.chatJid)) ?? message.chatJid
  const ours = plusDigits(ownPhone)
  const [from, to] = message.direction === 'incoming' ? [theirs, ours] : [ours, theirs]
  const shown = { from, to, type: message.kind, content: previewOf(message) }
  return { ...shown, timestamp: iso(message.sentAt), ...presentSender(message) }
}

/** References and words, as the log holds them, with Botbiz's spelling of the keys. */
function snakeCase(data: object): object {
  const entries = Object.entries(data).map(([key, value]) => [
    key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value as unknown,
  ])
  return Object.fromEntries(entries) as object
}
