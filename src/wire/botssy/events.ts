import type { EventFacts } from '../../domain/event-facts.ts'
import { plusDigits } from '../shared/ids.ts'
import { presentConversation } from './present-conversation.ts'
import { presentCustomer } from './present-customer.ts'
import { presentMessage } from './present-message.ts'

/** The body of a Botssy webhook: exactly three keys. */
export function presentBotssyEvent(facts: EventFacts): { event: string; timestamp: number; data: object } {
  return {
    event: facts.event.name,
    timestamp: facts.event.createdAt.getTime(),
    data: presentEventData(facts),
  }
}

/** What an event is about, in the shapes of the API's answers; bare references where the row is gone. */
export function presentEventData(facts: EventFacts): object {
  const { event, message, conversation, customer } = facts
  switch (event.name) {
    case 'conversation.created':
    case 'conversation.resolved':
      return conversation ? presentConversation(conversation) : { id: event.data.conversationId }
    case 'conversation.updated':
      // The status at the time of the event: the row may have gone on.
      return conversation
        ? presentConversation({ ...conversation, status: event.data.status })
        : { id: event.data.conversationId, status: event.data.status }
    case 'customer.created':
    case 'customer.updated':
      return customer ? presentCustomer(customer) : { id: event.data.customerId }
    case 'account.updated':
      return {
        accountId: event.accountId,
        phone: plusDigits(facts.account?.phone ?? null),
        status: event.data.status,
        reason: event.data.reason,
      }
    case 'webhook.test':
      return { webhookId: event.data.webhookId, message: 'This is a test of the webhook.' }
    case 'message.received':
    case 'message.sent':
    case 'message.status':
    case 'message.undecryptable':
    case 'message.reaction':
    case 'message.edited':
    case 'message.deleted':
      return presentMessageEvent(event, message)
    default:
      // The rest are references and words, which the log holds in camel case already.
      return event.data
  }
}

type MessageEvent = Extract<EventFacts['event'], { name: `message.${string}` }>

function presentMessageEvent(event: MessageEvent, message: EventFacts['message']): object {
  const shown = message ? presentMessage(message) : { id: event.data.messageId }
  switch (event.name) {
    case 'message.received':
    case 'message.sent':
    case 'message.undecryptable':
      return shown
    case 'message.status':
      return { ...shown, status: event.data.status, reason: event.data.reason }
    case 'message.reaction':
      return {
        messageId: event.data.messageId,
        conversationId: message?.conversationId ?? null,
        emoji: event.data.emoji,
        fromMe: event.data.fromMe,
      }
    case 'message.edited':
      return { ...shown, content: event.data.text, previousContent: event.data.previousText }
    case 'message.deleted':
      return { id: event.data.messageId, conversationId: message?.conversationId ?? null }
  }
}
