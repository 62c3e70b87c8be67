import { z } from 'zod'
import type { AccountId } from './account.ts'

const messageRef = z.object({ messageId: z.int(), chatId: z.int() })

/**
 * Every event the product knows: its payload and a sentence. Payloads hold references and what would be lost otherwise
 * (a former status, a reason); followers read the rows and present them in their own vocabulary.
 */
export const eventCatalogue = {
  'conversation.created': {
    say: 'A new conversation began.',
    data: z.object({ conversationId: z.int(), chatId: z.int() }),
  },
  'customer.created': {
    say: 'A customer was seen or entered for the first time.',
    data: z.object({ customerId: z.int() }),
  },
  'customer.updated': { say: 'A customer’s data changed.', data: z.object({ customerId: z.int() }) },
  'message.received': { say: 'A customer wrote.', data: messageRef },
  'message.undecryptable': {
    say: 'Somebody wrote, but the message could not be decrypted, and neither the sender nor the phone could help.',
    data: messageRef,
  },
  'message.sent': {
    say: 'A message went out: acknowledged by WhatsApp, or written on the phone.',
    data: messageRef,
  },
  'message.status': {
    say: 'An outgoing message was sent, delivered, read, failed, expired or cancelled.',
    data: messageRef.extend({ status: z.string(), reason: z.string().nullable() }),
  },
  'account.updated': {
    say: 'An account was linked, connected, disconnected, logged out or locked.',
    data: z.object({ status: z.string(), reason: z.string().nullable() }),
  },
} as const satisfies Record<string, { say: string; data: z.ZodType }>

export type EventName = keyof typeof eventCatalogue
export type EventData<N extends EventName> = z.infer<(typeof eventCatalogue)[N]['data']>

/** Something that happened, before it has a number: written in the transaction of the change that it reports. */
export type EventDraft = {
  [N in EventName]: { name: N; accountId: AccountId; chatId: number | null; data: EventData<N> }
}[EventName]

/** One row of the log. `seq` has no gaps within an account. */
export interface EventRecord {
  id: string
  accountId: AccountId
  seq: number
  name: EventName
  chatId: number | null
  data: unknown
  createdAt: Date
}
