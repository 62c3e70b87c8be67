import { presentUsername } from '../username.ts'
import type { Conversation, ConversationStatus } from '../../../core/conversation.ts'
import type { Customer } from '../../../features/contacts/customer.ts'
import type { EventName, EventRecord } from '../../../core/events.ts'
import type { EventFacts } from '../../../features/webhooks/event-facts.ts'
import { plusDigits } from '../ids.ts'

type Of<N extends EventName> = Extract<EventRecord, { name: N }>

/** Shows an event's subject in one vocabulary; rows are undefined if they are gone. */
export interface EventWords {
  /** Shows a conversation. `status` is that of the event's moment, if the event states it: the row may have moved on. */
  conversation(of: { id: number; row: Conversation | undefined; status: ConversationStatus | null }): object
  customer(of: { id: number; row: Customer | undefined }): object
  account(event: Of<'account.updated'>, facts: EventFacts): object
  message(id: number, facts: EventFacts): object
  reaction(event: Of<'message.reaction'>, facts: EventFacts): object
  voted(event: Of<'message.voted'>, facts: EventFacts): object
  answered(event: Of<'message.answered'>, facts: EventFacts): object
  edited(event: Of<'message.edited'>, facts: EventFacts): object
  deleted(event: Of<'message.deleted'>, facts: EventFacts): object
  file(event: Of<'media.updated'>, facts: EventFacts): object
  test(webhookId: number): object
  /** References and plain values, as the log holds them: names in camel case. */
  rest(data: object): object
}

/**
 * Shows an event's subject in one vocabulary. For messages all vocabularies add the chat, and the person who wrote, reacted,
 * voted or answered.
 */
export function eventData(facts: EventFacts, words: EventWords): object {
  return { ...ownData(facts, words), ...chatAndPerson(facts) }
}

function chatAndPerson({ event, message, person }: EventFacts): object {
  if (!message) return {}
  const shown = person && {
    jid: person.jid,
    phone: plusDigits(person.phone),
    ...presentUsername(person.username),
    name: person.name,
  }
  if ('fromMe' in event.data) return { jid: message.chatJid, by: shown ?? null }
  return { jid: message.chatJid, ...(shown && { sender: shown }) }
}

/** Selects the subject of each event, in one place. */
function ownData(facts: EventFacts, words: EventWords): object {
  const { event, conversation: row, customer } = facts
  switch (event.name) {
    case 'conversation.created':
    case 'conversation.resolved':
      return words.conversation({ id: event.data.conversationId, row, status: null })
    case 'conversation.updated':
      return words.conversation({ id: event.data.conversationId, row, status: event.data.status })
    case 'customer.created':
    case 'customer.updated':
      return words.customer({ id: event.data.customerId, row: customer })
    case 'account.updated':
      return words.account(event, facts)
    case 'message.received':
    case 'message.sent':
    case 'message.undecryptable':
      return words.message(event.data.messageId, facts)
    case 'message.status': {
      const { status, reason } = event.data
      return { ...words.message(event.data.messageId, facts), status, reason }
    }
    case 'message.reaction':
      return words.reaction(event, facts)
    case 'message.voted':
      return words.voted(event, facts)
    case 'message.answered':
      return words.answered(event, facts)
    case 'message.edited':
      return words.edited(event, facts)
    case 'message.deleted':
      return words.deleted(event, facts)
    case 'media.updated':
      return words.file(event, facts)
    case 'webhook.test':
      return words.test(event.data.webhookId)
    case 'operator.joined':
    case 'operator.left':
    case 'customer.merged':
    case 'group.updated':
    case 'bot.handed_over':
    case 'appointment.booked':
    case 'appointment.cancelled':
    case 'ticket.created':
    case 'lead.created':
    case 'webhook.disabled':
      return words.rest(event.data)
    default:
      return event satisfies never
  }
}
