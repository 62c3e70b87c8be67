import { displayName } from '../../../features/contacts/customer.ts'
import type { EventFacts } from '../../../features/webhooks/event-facts.ts'
import type { EventName } from '../../../core/events.ts'
import { presentAddresses } from '../messages/addresses.ts'
import { presentUsername } from '../../shared/username.ts'
import type { Message } from '../../../features/messages/message.ts'
import { presentContent, shownText } from '../../shared/content.ts'
import { eventData } from '../../shared/events/event-data.ts'
import type { EventWords } from '../../shared/events/event-data.ts'
import { presentBotbizMedia } from '../messages/media.ts'
import { accountRef, plusDigits } from '../../shared/ids.ts'
import { presentSender } from '../../shared/messages.ts'
import { isoSeconds, unixSeconds } from '../../shared/times.ts'
import { snaked } from '../snake-case.ts'

/** Builds the body of a Botbiz webhook. */
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

/** Returns Botbiz's name of an event: events about WhatsApp, messages, groups and accounts have a prefix. */
export function botbizEventName(name: EventName): string {
  return /^(message|account|group)\./.test(name) ? `whatsapp.${name}` : name
}

/** Returns the event that Botbiz calls `type`, by our name of it. */
export function eventNameOf(type: string): string {
  return type.replace(/^whatsapp\./, '')
}

const words: EventWords = {
  conversation: ({ id, row, status }) => ({
    conversation_id: id,
    status: status ?? row?.status,
    phone_number: plusDigits(row?.phone ?? null),
    ...presentUsername(row?.username ?? null),
    customer_id: row?.customer.id ?? null,
    created_at: row ? isoSeconds(row.createdAt) : null,
  }),
  customer: ({ id, row }) => ({
    customer_id: id,
    name: row ? displayName(row) : null,
    phone_number: plusDigits(row?.phone ?? null),
    ...presentUsername(row?.username ?? null),
    email: row?.email ?? null,
    tags: row?.tags ?? [],
    accepts_marketing: row?.acceptsMarketing ?? false,
  }),
  account: ({ data }, { account }) => ({
    phone_number: plusDigits(account?.phone ?? null),
    status: data.status,
    reason: data.reason,
    until: data.until ?? null,
  }),
  message: (id, { message, account, urlOf }) => ({
    message_id: messageRef(id),
    ...(message ? presentMessage(message, account?.phone ?? null) : {}),
    ...(message ? presentBotbizMedia(message, urlOf) : {}),
  }),
  reaction: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    emoji: data.emoji,
    from_me: data.fromMe,
  }),
  voted: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    options: data.options,
    from_me: data.fromMe,
  }),
  answered: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    answer: data.answer,
    guests: data.guests,
    from_me: data.fromMe,
  }),
  edited: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    content: data.text,
    previous_content: data.previousText,
  }),
  deleted: ({ data }) => ({ message_id: messageRef(data.messageId) }),
  file: ({ data }, { message, urlOf }) => ({
    message_id: messageRef(data.messageId),
    ...(message ? presentBotbizMedia(message, urlOf) : {}),
  }),
  test: (webhookId) => ({ webhook_id: webhookId, message: 'This is a test of the webhook.' }),
  rest: snaked,
}

function messageRef(id: number): string {
  return `msg_${id}`
}

function presentMessage(message: Message, ownPhone: string | null): object {
  const { kind: _, ...more } = presentContent(message, isoSeconds)
  return {
    ...presentAddresses(message, plusDigits(ownPhone)),
    type: message.kind,
    content: shownText(message),
    timestamp: isoSeconds(message.sentAt),
    ...snaked(more),
    ...presentSender(message),
  }
}
