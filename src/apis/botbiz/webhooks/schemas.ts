import { usernameFields } from '../messages/addresses.ts'
import { usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import { eventAnswers } from '../../../core/content.ts'
import { eventCatalogue } from '../../../core/events.ts'
import type { EventName } from '../../../core/events.ts'
import { byFields, whereFields } from '../../shared/events/event-schemas.ts'
import { contentFields } from '../../shared/content.ts'
import { SenderShape } from '../../shared/messages.ts'
import { BotbizMedia } from '../messages/media.ts'

const { reactions: _, details: __, ...plainContent } = contentFields
const content = {
  edited_at: plainContent.editedAt,
  deleted_at: plainContent.deletedAt,
  details: z.looseObject({}).optional().meta({ description: 'Content besides the text' }),
  reactions: z.array(z.looseObject({})).optional().meta({ description: 'One per person who reacted' }),
}
const file = { content: z.string().optional(), caption: z.string().optional(), media: BotbizMedia.optional() }
const message = z.object({
  message_id: z.string().meta({ example: 'msg_7' }),
  // Omitted if the message is gone.
  from: z.string().nullable().optional(),
  to: z.string().nullable().optional(),
  ...usernameFields,
  type: z.string().optional(),
  timestamp: z.string().optional(),
  ...file,
  ...content,
  ...whereFields,
})
const conversation = z.object({
  conversation_id: z.int(),
  status: z.string().optional(),
  phone_number: z.string().nullable(),
  username: usernameField,
  customer_id: z.int().nullable(),
  created_at: z.string().nullable(),
})
const customer = z.object({
  customer_id: z.int(),
  name: z.string().nullable(),
  phone_number: z.string().nullable(),
  username: usernameField,
  email: z.string().nullable(),
  tags: z.array(z.string()),
  accepts_marketing: z.boolean(),
})
const mark = message.extend({ from_me: z.boolean(), by: byFields.by, sender: SenderShape })

/** `data` of each event in the format botbiz, besides `account_id`. */
const data = {
  'conversation.created': conversation,
  'conversation.updated': conversation,
  'conversation.resolved': conversation,
  'message.received': message,
  'message.sent': message,
  'customer.created': customer,
  'customer.updated': customer,
  'operator.joined': snakedSchema(eventCatalogue['operator.joined'].data),
  'operator.left': snakedSchema(eventCatalogue['operator.left'].data),
  'message.undecryptable': message,
  'message.status': message.extend({ status: z.string(), reason: z.string().nullable() }),
  'message.reaction': mark.extend({ emoji: z.string().nullable() }),
  'message.edited': message.extend({ previous_content: z.string().nullable() }),
  'message.deleted': z.object({ message_id: z.string(), ...whereFields }),
  'message.voted': mark.extend({ options: z.array(z.string()) }),
  'message.answered': mark.extend({ answer: z.enum(eventAnswers).nullable(), guests: z.int() }),
  'media.updated': z.object({ message_id: z.string(), ...file, ...whereFields }),
  'account.updated': z.object({
    phone_number: z.string().nullable(),
    status: z.string(),
    reason: z.string().nullable(),
    until: z.string().nullable(),
  }),
  'customer.merged': snakedSchema(eventCatalogue['customer.merged'].data),
  'group.updated': snakedSchema(eventCatalogue['group.updated'].data),
  'bot.handed_over': snakedSchema(eventCatalogue['bot.handed_over'].data),
  'appointment.booked': snakedSchema(eventCatalogue['appointment.booked'].data),
  'appointment.cancelled': snakedSchema(eventCatalogue['appointment.cancelled'].data),
  'ticket.created': snakedSchema(eventCatalogue['ticket.created'].data),
  'lead.created': snakedSchema(eventCatalogue['lead.created'].data),
  'webhook.disabled': snakedSchema(eventCatalogue['webhook.disabled'].data),
  'webhook.test': z.object({ webhook_id: z.int(), message: z.string() }),
} as const satisfies Record<EventName, z.ZodObject>

/** Returns the schema of an event's `data` in the format botbiz. */
export function botbizEventData(name: EventName): z.ZodObject {
  return z.object({ account_id: z.string().meta({ example: 'wha_1' }), ...data[name].shape })
}

/** Renames a schema's fields to Botbiz's spelling. */
function snakedSchema(schema: z.ZodObject): z.ZodObject {
  const entries = Object.entries(schema.shape).map(([key, field]) => [
    key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    field instanceof z.ZodObject ? snakedSchema(field) : field,
  ])
  return z.object(Object.fromEntries(entries) as z.ZodRawShape)
}
