import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { Customer, CustomerPatch } from '../customer.ts'
import { phoneOf } from '../../../core/jid.ts'
import { otherSpelling } from '../../../core/phone/phone-spellings.ts'
import { compiled, compiledPage } from '../../../db/prepared-query.ts'
import { refreshSearch } from './customers.ts'
import { findCustomerRows } from './customers-search.ts'
import { survivorOf } from './merged-ids.ts'
import type { CustomersTable, Db, Trx } from '../../../db/tables.ts'

function fromRow(row: Selectable<CustomersTable>): Customer {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    pushName: row.push_name,
    username: row.username,
    phone: row.phone,
    lid: row.lid,
    email: row.email,
    company: row.company,
    notes: row.notes,
    tags: JSON.parse(row.tags) as string[],
    customFields: JSON.parse(row.custom_fields) as Record<string, unknown>,
    acceptsMarketing: row.accepts_marketing === 1,
    lastMessageAt: row.last_message_at === null ? null : new Date(row.last_message_at),
    conversationCount: row.conversation_count,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

const byId = compiled((db: Db, p: { accountId: AccountId; id: number }) =>
  db.selectFrom('customers').selectAll().where('account_id', '=', p.accountId).where('id', '=', p.id),
)

/** Finds a customer, also under the id of one that was merged into it. */
export async function findCustomer(db: Db, accountId: AccountId, id: number): Promise<Customer | undefined> {
  const [row] = (await byId(db, { accountId, id })).rows
  if (row) return fromRow(row)
  const survivor = await survivorOf(db, 'customer', id)
  return survivor === undefined ? undefined : findCustomer(db, accountId, survivor)
}

const byPhone = compiled((db: Db, p: { accountId: AccountId; phone: string; other: string }) =>
  db
    .selectFrom('customers')
    .select('id')
    .where('account_id', '=', p.accountId)
    .where('phone', 'in', [p.phone, p.other])
    .orderBy('id'),
)

/** Finds the customer with this number, in any spelling. */
export async function findCustomerByPhone(
  db: Db,
  accountId: AccountId,
  phone: string,
): Promise<number | undefined> {
  return (await byPhone(db, { accountId, phone, other: otherSpelling(phone) })).rows[0]?.id
}

type Wanted = {
  accountId: AccountId
  jid: string
  phone: string | null
  other: string | null
  lid: string | null
}

const byAddress = compiled((db: Db, p: Wanted) =>
  db
    .selectFrom('customers')
    .selectAll()
    .where('account_id', '=', p.accountId)
    .where((eb) =>
      eb.or([
        eb(
          'id',
          '=',
          eb
            .selectFrom('chats')
            .innerJoin('chat_jids', 'chat_jids.chat_id', 'chats.id')
            .select('chats.customer_id')
            .where('chat_jids.account_id', '=', p.accountId)
            .where('chat_jids.jid', '=', p.jid),
        ),
        eb('phone', '=', p.phone),
        eb('phone', '=', p.other),
        eb('lid', '=', p.lid),
      ]),
    )
    .orderBy('id')
    .limit(1),
)

/** Finds the customer of a jid, also without messages; undefined for groups and strangers. */
export async function findCustomerByJid(
  db: Db,
  accountId: AccountId,
  jid: string,
): Promise<Customer | undefined> {
  const lid = jid.endsWith('@lid') ? jid : null
  const phone = phoneOf(jid)
  const other = phone === null ? null : otherSpelling(phone)
  const [row] = (await byAddress(db, { accountId, jid, phone, other, lid })).rows
  return row && fromRow(row)
}

const countOf = compiled((db: Db, p: { accountId: AccountId }) =>
  db.selectFrom('accounts').select('customer_count as n').where('id', '=', p.accountId),
)

/** Counts the customers of an account. */
export async function countCustomers(db: Db, accountId: AccountId): Promise<number> {
  return (await countOf(db, { accountId })).rows[0]?.n ?? 0
}

interface Page {
  limit: number
  offset: number
}

const newestFirst = compiledPage((db: Db, p: Page & { accountId: AccountId }) =>
  db
    .selectFrom('customers')
    .selectAll()
    .where('account_id', '=', p.accountId)
    .orderBy('last_message_at', 'desc')
    .orderBy('id', 'desc')
    .limit(p.limit)
    .offset(p.offset),
)

/** Lists customers, newest activity first; customers who never wrote come last. */
export async function listCustomers(db: Db, accountId: AccountId, page: Page): Promise<Customer[]> {
  return (await newestFirst(db, { accountId, ...page })).map(fromRow)
}

/** Finds customers by normalised text, newest first, and counts all matches. */
export async function searchCustomers(
  db: Db,
  accountId: AccountId,
  text: string,
  page: Page,
): Promise<{ customers: Customer[]; total: number }> {
  const { rows, total } = await findCustomerRows(db, accountId, text, page)
  return { customers: rows.map(fromRow), total }
}

/** Inserts a customer and returns its id. */
export async function insertCustomer(
  trx: Trx,
  accountId: AccountId,
  customer: CustomerPatch & { phone: string },
  at: Date,
): Promise<number> {
  const { id } = await trx
    .insertInto('customers')
    .values({
      account_id: accountId,
      created_at: at.getTime(),
      updated_at: at.getTime(),
      ...toRow(customer),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await refreshSearch(trx, id, true)
  return id
}

/** Changes the given fields of a customer. */
export async function updateCustomer(trx: Trx, id: number, patch: CustomerPatch, at: Date): Promise<void> {
  await trx
    .updateTable('customers')
    .set({ ...toRow(patch), updated_at: at.getTime() })
    .where('id', '=', id)
    .execute()
  await refreshSearch(trx, id)
}

/** Returns the columns of the given fields. */
function toRow(patch: CustomerPatch) {
  const row = {
    name: patch.name,
    phone: patch.phone,
    email: patch.email,
    company: patch.company,
    notes: patch.notes,
    tags: patch.tags && JSON.stringify(patch.tags),
    custom_fields: patch.customFields && JSON.stringify(patch.customFields),
    accepts_marketing:
      patch.acceptsMarketing === undefined ? undefined : patch.acceptsMarketing ? (1 as const) : (0 as const),
  }
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as {
    [K in keyof typeof row]?: Exclude<(typeof row)[K], undefined>
  }
}
