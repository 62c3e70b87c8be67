import type { PlacedMessage } from './arrival.ts'
import { directionOf } from './named-messages.ts'
import type { NewMessage } from './queries/insert-message.ts'

/** Builds the row of a message that WhatsApp brought. Its conversation is found when it is stored. */
export function rowOfArrival({ accountId, chat, message, at }: PlacedMessage): NewMessage {
  const { waId, fromMe, kind, text, details, origin, sentAt, participant, proto } = message
  return {
    accountId,
    chatId: chat.id,
    conversationId: null,
    waId,
    direction: directionOf(message),
    // Our own sends never come back to this device: an outgoing message here was written by a person on another one.
    author: fromMe ? 'operator' : 'customer',
    kind,
    text,
    details,
    status: fromMe ? 'sent' : 'received',
    reason: null,
    origin,
    sentAt,
    createdAt: at,
    expiresAt: null,
    participant,
    proto,
  }
}
