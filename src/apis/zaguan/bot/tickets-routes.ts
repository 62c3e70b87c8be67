import { z } from 'zod'
import type { Tickets as TicketService } from '../../../features/bot/tickets.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { Tickets, presentTickets } from '../../shared/bot/tickets.ts'
import { idParam } from '../../shared/params.ts'
import { seesContent } from '../../shared/without-content.ts'
import * as examples from './examples.ts'
import { Done, PageQuery } from './page.ts'

const TicketPatch = z.strictObject({ status: z.enum(['open', 'closed']) })

/** Returns the routes of the problems that customers told the bot. */
export function ticketRoutes(tickets: TicketService): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/tickets',
      id: 'bot.tickets.list',
      summary: 'List the tickets, newest first',
      tag: 'Bot',
      scope: 'read:conversations',
      query: PageQuery,
      response: Tickets,
      examples: { response: { tickets: [examples.ticket] } },
    }).handle(async ({ query, caller }) =>
      presentTickets(await tickets.list(caller.accountId, query), seesContent(caller)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/bot/tickets/:id',
      id: 'bot.tickets.update',
      summary: 'Close a ticket, or open it again',
      tag: 'Bot',
      scope: 'write:conversations',
      params: z.strictObject({ id: idParam('The ticket') }),
      body: TicketPatch,
      response: Done,
      examples: { body: { status: 'closed' }, response: { success: true } },
    }).handle(async ({ params, body, caller }) => {
      await tickets.setStatus(caller.accountId, params.id, body.status)
      return { success: true as const }
    }),
  ]
}
