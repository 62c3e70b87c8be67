import { presentUsername, usernameField } from '../username.ts'
import { z } from 'zod'
import { displayName } from '../../../features/contacts/customer.ts'
import type { Customer } from '../../../features/contacts/customer.ts'
import { plusDigits } from '../ids.ts'
import { isoSeconds } from '../times.ts'

/** A customer as Botssy writes it, in answers and in webhooks. */
export const BotssyCustomer = z
  .object({
    id: z.int(),
    name: z.string().meta({
      description:
        'The name given, else the customer’s own, else the number, else the username, else a neutral word',
    }),
    phone: z.string().nullable().meta({ description: 'With +; null while only a LID is known' }),
    username: usernameField,
    email: z.string().nullable(),
    tags: z.array(z.string()),
    company: z.string().nullable(),
    notes: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    lastMessage: z.string().nullable().meta({ description: 'Time of the last message' }),
    acceptsMarketing: z.boolean(),
    createdAt: z.string(),
    _count: z.object({ conversations: z.int() }),
  })
  .meta({ id: 'BotssyCustomer' })

/** Shows a customer as Botssy does. */
export function presentCustomer(customer: Customer): z.input<typeof BotssyCustomer> {
  return {
    id: customer.id,
    name: displayName(customer),
    phone: plusDigits(customer.phone),
    ...presentUsername(customer.username),
    email: customer.email,
    tags: customer.tags,
    company: customer.company,
    notes: customer.notes,
    customFields: customer.customFields,
    lastMessage: isoSeconds(customer.lastMessageAt),
    acceptsMarketing: customer.acceptsMarketing,
    createdAt: isoSeconds(customer.createdAt),
    _count: { conversations: customer.conversationCount },
  }
}
