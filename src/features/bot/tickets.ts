import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import { insertTicket, listTickets, setTicketStatus } from './queries/tickets.ts'
import type { Ticket } from './queries/tickets.ts'
import type { Clock } from '../../util/clock.ts'
import type { Booker } from './appointments.ts'

/** Manages customers' problems, for people to solve. */
export class Tickets {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  /** Opens a ticket in the caller's transaction. */
  async open(trx: Trx, from: Booker, ticket: { subject: string; description: string }): Promise<number> {
    const at = this.clock.now()
    const ticketId = await insertTicket(trx, { ...from, ...ticket, at })
    const { accountId, chatId } = from
    await appendEvent(trx, { name: 'ticket.created', accountId, chatId, data: { ticketId, chatId } }, at)
    return ticketId
  }

  list(accountId: AccountId, page: { before?: number | undefined; limit: number }): Promise<Ticket[]> {
    return listTickets(this.store.read, accountId, page)
  }

  /** @throws AppError not_found */
  async setStatus(accountId: AccountId, id: number, status: 'open' | 'closed'): Promise<void> {
    const found = await this.store.write((trx) => setTicketStatus(trx, accountId, id, status))
    if (!found) throw new AppError('not_found', 'No such ticket')
  }
}
