import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { TicketsTable } from '../../../db/tables/bot.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { newestOfAccount, oldestOfCustomer } from '../../../db/pages.ts'
import type { PageAfter, PageBefore } from '../../../db/pages.ts'

/** Describes a customer's problem. */
export interface Ticket {
  id: number
  chatJid: string
  /** The customer's username, without the @; null if unknown. */
  username: string | null
  subject: string
  description: string
  status: 'open' | 'closed'
  createdAt: Date
}

const select = (db: Db) =>
  db
    .selectFrom('tickets')
    .innerJoin('chats', 'chats.id', 'tickets.chat_id')
    .selectAll('tickets')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select(['chats.jid as chat_jid', 'customers.username'])

function fromRow(row: Selectable<TicketsTable> & { chat_jid: string; username: string | null }): Ticket {
  return {
    id: row.id,
    chatJid: row.chat_jid,
    username: row.username,
    subject: row.subject,
    description: row.description,
    status: row.status,
    createdAt: new Date(row.created_at),
  }
}

/** Inserts a ticket and returns its id. */
export async function insertTicket(
  trx: Trx,
  ticket: {
    accountId: AccountId
    chatId: ChatId
    customerId: CustomerId
    subject: string
    description: string
    at: Date
  },
): Promise<number> {
  const { id } = await trx
    .insertInto('tickets')
    .values({
      account_id: ticket.accountId,
      chat_id: ticket.chatId,
      customer_id: ticket.customerId,
      subject: ticket.subject,
      description: ticket.description,
      status: 'open',
      created_at: ticket.at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Lists tickets, newest first. */
export async function listTickets(db: Db, accountId: AccountId, page: PageBefore): Promise<Ticket[]> {
  return (await newestOfAccount(select(db), 'tickets', accountId, page)).map(fromRow)
}

/** Lists a customer's tickets newer than number `after`, oldest first. */
export async function ticketsOfCustomer(db: Db, customerId: CustomerId, page: PageAfter): Promise<Ticket[]> {
  return (await oldestOfCustomer(select(db), 'tickets', customerId, page)).map(fromRow)
}

/** Sets a ticket's status; false if the account has no such ticket. */
export async function setTicketStatus(
  trx: Trx,
  accountId: AccountId,
  id: number,
  status: 'open' | 'closed',
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('tickets')
    .set({ status })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
