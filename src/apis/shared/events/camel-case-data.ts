import type { EventFacts } from '../../../features/webhooks/event-facts.ts'
import { eventData } from './event-data.ts'
import type { EventWords } from './event-data.ts'
import { mediaPath, presentMediaOf } from '../media.ts'
import { accountRef, plusDigits } from '../ids.ts'
import { presentConversation } from './conversation.ts'
import { presentCustomer } from './customer.ts'
import { presentMessage } from './message.ts'

/** Builds the body of a Botssy webhook: exactly three keys. */
export function presentBotssyEvent(facts: EventFacts): { event: string; timestamp: number; data: object } {
  return {
    event: facts.event.name,
    timestamp: facts.event.createdAt.getTime(),
    data: presentEventData(facts),
  }
}

/** Shows an event's subject in the shapes of the API's answers; only references if the row is gone. */
export function presentEventData(facts: EventFacts): object {
  return eventData(facts, words)
}

const words: EventWords = {
  conversation: ({ id, row, status }) => {
    if (row) return presentConversation(status === null ? row : { ...row, status })
    return status === null ? { id } : { id, status }
  },
  customer: ({ id, row }) => (row ? presentCustomer(row) : { id }),
  account: ({ accountId, data }, { account }) => ({
    accountId,
    account: accountRef(accountId),
    phone: plusDigits(account?.phone ?? null),
    status: data.status,
    reason: data.reason,
    until: data.until ?? null,
  }),
  message: (id, { message, urlOf }) => (message ? presentMessage(message, urlOf) : { id }),
  reaction: ({ data: { messageId, emoji, fromMe } }, { message }) => ({
    messageId,
    conversationId: message?.conversationId ?? null,
    emoji,
    fromMe,
  }),
  voted: ({ data: { messageId, options, fromMe } }, { message }) => ({
    messageId,
    conversationId: message?.conversationId ?? null,
    options,
    fromMe,
  }),
  answered: ({ data: { messageId, answer, guests, fromMe } }, { message }) => ({
    messageId,
    conversationId: message?.conversationId ?? null,
    answer,
    guests,
    fromMe,
  }),
  edited: ({ data }, facts) => ({
    ...words.message(data.messageId, facts),
    content: data.text,
    previousContent: data.previousText,
  }),
  deleted: ({ data }, { message }) => ({
    id: data.messageId,
    conversationId: message?.conversationId ?? null,
  }),
  file: ({ data }, { message, urlOf = mediaPath }) => ({
    messageId: data.messageId,
    conversationId: message?.conversationId ?? null,
    ...(message ? presentMediaOf(message, urlOf) : {}),
  }),
  test: (webhookId) => ({ webhookId, message: 'This is a test of the webhook.' }),
  rest: (data) => data,
}
