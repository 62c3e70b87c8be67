import { z } from 'zod'
import { eventAnswers } from '../../../core/content.ts'
import { eventCatalogue } from '../../../core/events.ts'
import type { EventName } from '../../../core/events.ts'
import { accountRefField } from '../../../http/account-ref-field.ts'
import { byFields, whereFields } from './event-schemas.ts'
import { mediaField } from '../media.ts'
import { BotssyConversation } from './conversation.ts'
import { BotssyCustomer } from './customer.ts'
import { BotssyMessage } from './message.ts'

// Only the id remains of a deleted row.
const message = BotssyMessage.partial().required({ id: true }).extend(whereFields)
const conversation = BotssyConversation.partial().required({ id: true })
const customer = BotssyCustomer.partial().required({ id: true })
const mark = z.object({
  messageId: z.int(),
  conversationId: z.int().nullable(),
  fromMe: z.boolean(),
  ...byFields,
})

/** `data` of each event, in the formats botssy and standard and in the event log. */
export const camelCaseEventData = {
  'conversation.created': conversation,
  'conversation.updated': conversation,
  'conversation.resolved': conversation,
  'message.received': message,
  'message.sent': message,
  'customer.created': customer,
  'customer.updated': customer,
  'operator.joined': eventCatalogue['operator.joined'].data,
  'operator.left': eventCatalogue['operator.left'].data,
  'message.undecryptable': message,
  'message.status': message.extend({ status: z.string(), reason: z.string().nullable() }),
  'message.reaction': mark.extend({ emoji: z.string().nullable() }),
  'message.edited': message.extend({ previousContent: z.string().nullable() }),
  'message.deleted': z.object({ id: z.int(), conversationId: z.int().nullable(), ...whereFields }),
  'message.voted': mark.extend({ options: z.array(z.string()) }),
  'message.answered': mark.extend({ answer: z.enum(eventAnswers).nullable(), guests: z.int() }),
  'media.updated': z.object({
    messageId: z.int(),
    conversationId: z.int().nullable(),
    media: mediaField,
    ...whereFields,
  }),
  'account.updated': z.object({
    accountId: z.int(),
    account: accountRefField,
    phone: z.string().nullable(),
    status: z.string(),
    reason: z.string().nullable(),
    until: z.string().nullable(),
  }),
  'customer.merged': eventCatalogue['customer.merged'].data,
  'group.updated': eventCatalogue['group.updated'].data,
  'bot.handed_over': eventCatalogue['bot.handed_over'].data,
  'appointment.booked': eventCatalogue['appointment.booked'].data,
  'appointment.cancelled': eventCatalogue['appointment.cancelled'].data,
  'ticket.created': eventCatalogue['ticket.created'].data,
  'lead.created': eventCatalogue['lead.created'].data,
  'webhook.disabled': eventCatalogue['webhook.disabled'].data,
  'webhook.test': z.object({ webhookId: z.int(), message: z.string() }),
} as const satisfies Record<EventName, z.ZodObject>
