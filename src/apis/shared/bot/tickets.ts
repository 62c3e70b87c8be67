import { z } from 'zod'
import { iso } from '../times.ts'
import { noteUnless, omittedField } from '../without-content.ts'

export const Tickets = z
  .object({
    tickets: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        subject: z.string(),
        description: z.string(),
        status: z.enum(['open', 'closed']),
        createdAt: z.string(),
      }),
    ),
    note: omittedField,
  })
  .meta({ id: 'BotTickets' })

/** Holds the shown part of a ticket. */
export interface TicketShown {
  id: number
  chatJid: string
  subject: string
  description: string
  status: 'open' | 'closed'
  createdAt: Date
}

/** Shows tickets; without their texts if `content` is false. */
export function presentTickets(tickets: readonly TicketShown[], content: boolean): z.input<typeof Tickets> {
  return {
    ...noteUnless(content),
    tickets: tickets.map(({ chatJid: jid, createdAt, ...ticket }) => ({
      ...ticket,
      ...(content ? {} : { subject: '', description: '' }),
      jid,
      createdAt: iso(createdAt),
    })),
  }
}
