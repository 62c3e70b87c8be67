import { displayName } from '../../domain/customer.ts'
import type { EventFacts } from '../../domain/event-facts.ts'
import type { EventName } from '../../domain/events.ts'
import { phoneOf } from '../../domain/jid.ts'
import { previewOf } from '../../domain/message.ts'
import type { Message } from '../../domain/message.ts'
import { accountRef, plusDigits } from '../shared/ids.ts'
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
    data: { account_id: accountRef(event.accountId), ...presentData(facts) },
  }
}

/** What concerns WhatsApp itself, messages and accounts, has its name in front. */
export function botbizEventName(name: EventName): string {
  return /^(message|account)\./.test(name) ? `whatsapp.${name}` : name
}

function presentData(facts: EventFacts): object {
  const { event, conversation, customer, account } = facts
  switch (event.name) {
    case 'conversation.created':
    case 'conversation.updated':
    case 'conversation.resolved':
      return {
        conversation_id: event.data.conversationId,
        status: 'status' in event.data ? event.data.status : conversation?.status,
        phone_number: plusDigits(conversation?.phone ?? null),
        customer_id: conversation?.customer.id ?? null,
        created_at: conversation ? iso(conversation.createdAt) : null,
      }
    case 'customer.created':
    case 'customer.updated':
      return {
        customer_id: event.data.customerId,
        name: customer ? displayName(customer) : null,
        phone_number: plusDigits(customer?.phone ?? null),
        email: customer?.email ?? null,
        tags: customer?.tags ?? [],
        accepts_marketing: customer?.acceptsMarketing ?? false,
      }
    case 'account.updated':
      return {
        phone_number: plusDigits(account?.phone ?? null),
        status: event.data.status,
        reason: event.data.reason,
      }
    case 'webhook.test':
      return { webhook_id: event.data.webhookId, message: 'This is a test of the webhook.' }
    case 'message.received':
    case 'message.sent':
    case 'message.status':
    case 'message.undecryptable':
    case 'message.reaction':
    case 'message.edited':
    case 'message.deleted':
      return presentMessageData(event, facts)
    default:
      return snakeCase(event.data)
  }
}

/** References and words, as the log holds them, with Botbiz's spelling of the keys. */
function snakeCase(data: object): object {
  const entries = Object.entries(data).map(([key, value]) => [
    key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value as unknown,
  ])
  return Object.fromEntries(entries) as object
}

type MessageEvent = Extract<EventFacts['event'], { name: `message.${string}` }>

function presentMessageData(event: MessageEvent, { message, account }: EventFacts): object {
  const shown = {
    message_id: `msg_${event.data.messageId}`,
    ...(message ? presentMessage(message, account?.phone ?? null) : {}),
  }
  switch (event.name) {
    case 'message.received':
    case 'message.sent':
    case 'message.undecryptable':
      return shown
    case 'message.status':
      return { ...shown, status: event.data.status, reason: event.data.reason }
    case 'message.reaction':
      return { ...shown, emoji: event.data.emoji, from_me: event.data.fromMe }
    case 'message.edited':
      return { ...shown, content: event.data.text, previous_content: event.data.previousText }
    case 'message.deleted':
      return { message_id: shown.message_id }
  }
}

function presentMessage(message: Message, ownPhone: string | null): object {
  const theirs = plusDigits(phoneOf(message.chatJid)) ?? message.chatJid
  const ours = plusDigits(ownPhone)
  const [from, to] = message.direction === 'incoming' ? [theirs, ours] : [ours, theirs]
  return { from, to, type: message.kind, content: previewOf(message), timestamp: iso(message.sentAt) }
}
