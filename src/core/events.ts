import type { AccountId, ChatId } from './ids.ts'
import { z } from 'zod'
import { eventAnswers } from './content.ts'
import { conversationStatuses } from './conversation.ts'

/** The maximum number of jids that an event lists. */
export const maxListed = 100
const jids = z.array(z.string()).max(maxListed).optional()

const messageRef = z.object({ messageId: z.int(), chatId: z.int() })
/** The jid of the author, as the message names it; null for the account itself and for the other side of a chat. */
const by = z.string().nullable().optional()
const conversationRef = z.object({ conversationId: z.int(), chatId: z.int() })
const conversationStatus = z.enum(conversationStatuses)
const appointmentRef = z.object({ appointmentId: z.int(), chatId: z.int() })
const operatorRef = z.object({ operatorId: z.int(), conversationId: z.int() })

/**
 * Every event: its payload and a sentence. Payloads hold references and facts that would be lost otherwise (a former status, a
 * reason); followers read the rows and present them in their own vocabulary.
 */
export const eventCatalogue = {
  'conversation.created': { say: 'A conversation began.', data: conversationRef },
  'conversation.updated': {
    say: 'A conversation changed its status.',
    data: conversationRef.extend({ status: conversationStatus }),
  },
  'conversation.resolved': { say: 'A conversation was marked as resolved.', data: conversationRef },
  'message.received': { say: 'A customer wrote.', data: messageRef },
  'message.sent': {
    say: 'A message went out: acknowledged by WhatsApp, or written on the phone.',
    data: messageRef,
  },
  'customer.created': {
    say: 'A customer was created.',
    data: z.object({ customerId: z.int() }),
  },
  'customer.updated': { say: 'A customer’s data changed.', data: z.object({ customerId: z.int() }) },
  'operator.joined': { say: 'An operator took a conversation over from the bot.', data: operatorRef },
  'operator.left': { say: 'An operator gave a conversation back to the bot.', data: operatorRef },
  'message.undecryptable': {
    say: 'A message arrived that could not be decrypted, even with the help of its sender and the phone.',
    data: messageRef,
  },
  'message.status': {
    say: 'An outgoing message was sent, delivered, read, failed, expired or cancelled.',
    data: messageRef.extend({ status: z.string(), reason: z.string().nullable() }),
  },
  'message.reaction': {
    say: 'A reaction to a message was added, changed or removed.',
    data: messageRef.extend({ emoji: z.string().nullable(), fromMe: z.boolean(), by }),
  },
  'message.edited': {
    say: 'A message was edited. The earlier text is included if it is kept.',
    data: messageRef.extend({ text: z.string(), previousText: z.string().nullable() }),
  },
  'message.deleted': { say: 'A message was deleted for everyone.', data: messageRef },
  'message.voted': {
    say: 'A vote in a poll was cast, changed or withdrawn.',
    data: messageRef.extend({ options: z.array(z.string()), fromMe: z.boolean(), by }),
  },
  'message.answered': {
    say: 'An answer to an event was given, changed or withdrawn.',
    data: messageRef.extend({
      answer: z.enum(eventAnswers).nullable(),
      guests: z.int(),
      fromMe: z.boolean(),
      by,
    }),
  },
  'media.updated': {
    say: 'The file of a message arrived or failed.',
    data: messageRef.extend({ mediaId: z.int(), status: z.enum(['ready', 'failed']) }),
  },
  'account.updated': {
    say: 'An account was linked, connected, disconnected, logged out or locked.',
    data: z.object({
      status: z.string(),
      reason: z.string().nullable(),
      /** End of a restriction of WhatsApp, if stated. */
      until: z.string().nullable().optional(),
    }),
  },
  'customer.merged': {
    say: 'Two customers turned out to be the same person.',
    data: z.object({ customerId: z.int(), mergedCustomerId: z.int() }),
  },
  'group.updated': {
    say: 'A group changed: its name, description, settings, members or administrators.',
    data: z.object({
      jid: z.string(),
      chatId: z.int().nullable(),
      /** The author of the changes, if WhatsApp states it. */
      by: z.string().nullable(),
      /** The changed fields only. */
      changes: z.object({
        name: z.string().optional(),
        description: z.string().nullable().optional(),
        onlyAdminsWrite: z.boolean().optional(),
        onlyAdminsEdit: z.boolean().optional(),
        onlyAdminsAdd: z.boolean().optional(),
        joinApproval: z.boolean().optional(),
        /** Seconds; null: messages stay. */
        disappearsAfter: z.int().nullable().optional(),
        isMember: z.boolean().optional(),
        added: jids,
        removed: jids,
        promoted: jids,
        demoted: jids,
        /** Members who have another number now. */
        renumbered: z
          .array(z.object({ from: z.string(), to: z.string() }))
          .max(maxListed)
          .optional(),
        /** Number of affected people that the list leaves out. */
        notListed: z.int().optional(),
      }),
    }),
  },
  'bot.handed_over': {
    say: 'The bot handed a chat over to a person.',
    data: z.object({ chatId: z.int(), reason: z.string() }),
  },
  'appointment.booked': { say: 'An appointment was booked.', data: appointmentRef },
  'appointment.cancelled': { say: 'An appointment was cancelled.', data: appointmentRef },
  'ticket.created': {
    say: 'A customer’s problem became a ticket.',
    data: z.object({ ticketId: z.int(), chatId: z.int() }),
  },
  'lead.created': {
    say: 'A customer is interested in something: follow it up.',
    data: z.object({ leadId: z.int(), chatId: z.int() }),
  },
  'webhook.disabled': {
    say: 'A webhook was switched off: its receiver is gone or failed for days, or the key that made it was revoked or expired.',
    data: z.object({
      webhookId: z.int(),
      reason: z.enum(['gone', 'failing', 'key_revoked', 'key_expired']),
    }),
  },
  'webhook.test': {
    say: 'A test event, sent on request.',
    data: z.object({ webhookId: z.int() }),
  },
} as const satisfies Record<string, { say: string; data: z.ZodType }>

/** Names an event. */
export type EventName = keyof typeof eventCatalogue
/** Holds the payload of an event. */
export type EventData<N extends EventName> = z.infer<(typeof eventCatalogue)[N]['data']>

/** Holds an event before it has a number: written in the transaction of the change that it reports. */
export type EventDraft = {
  [N in EventName]: { name: N; accountId: AccountId; chatId: ChatId | null; data: EventData<N> }
}[EventName]

interface RecordHead {
  id: string
  accountId: AccountId
  seq: number
  chatId: ChatId | null
  createdAt: Date
}

/** One row of the log, whose payload follows from its name. `seq` has no gaps within an account. */
export type EventRecord = {
  [N in EventName]: RecordHead & { name: N; data: EventData<N> }
}[EventName]
