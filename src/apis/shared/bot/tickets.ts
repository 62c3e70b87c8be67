import { presentUsername, usernameField } from '../username.ts'
import { z } from 'zod'
import { iso } from '../times.ts'
import { noteUnless, omittedField } from '../without-content.ts'

export const Tickets = z
  .object({
    tickets: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        username: usernameField,
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
  username: string | null
  subject: string
  description: string
  status: 'open' | 'closed'
  createdAt: Date
}

/** Shows tickets; without their texts if `content` is false. */
export function presentTickets(tickets: readonly TicketShown[], content: boolean): z.input<typeof Tickets> {
  return {
    ...noteUnless(content),
    tickets: tickets.map(({ chatJid: jid, createdAt, username, ...ticket }) => ({
      ...ticket,
      ...(content ? {} : { subject: '', description: '' }),
      jid,
      ...presentUsername(username),
      createdAt: iso(createdAt),
    })),
  }
}
