import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { LeadsTable } from '../../../db/tables/bot.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { newestOfAccount, oldestOfCustomer } from '../../../db/pages.ts'
import type { PageAfter, PageBefore } from '../../../db/pages.ts'

/** Describes a product of the catalogue. */
export interface Product {
  id: number
  sku: string
  name: string
  description: string
  /** As quoted, with its currency. */
  price: string
  /** Null: not counted. */
  stock: number | null
}

/** Describes a customer's interest in a product. */
export interface Lead {
  id: number
  chatJid: string
  /** The customer's username, without the @; null if unknown. */
  username: string | null
  productId: number | null
  interest: string
  createdAt: Date
}

const columns = ['id', 'sku', 'name', 'description', 'price', 'stock'] as const

/** Lists an account's products by name. */
export function listProducts(db: Db, accountId: AccountId): Promise<Product[]> {
  return db
    .selectFrom('products')
    .select(columns)
    .where('account_id', '=', accountId)
    .orderBy('name')
    .execute()
}

/** Replaces an account's catalogue. Products keep their ids by SKU. */
export async function replaceProducts(
  trx: Trx,
  accountId: AccountId,
  products: readonly Omit<Product, 'id'>[],
): Promise<void> {
  const kept = new Set(products.map(({ sku }) => sku))
  for (const { id, sku } of await listProducts(trx, accountId)) {
    if (!kept.has(sku)) await trx.deleteFrom('products').where('id', '=', id).execute()
  }
  for (const product of products) {
    await trx
      .insertInto('products')
      .values({ account_id: accountId, ...product })
      .onConflict((c) => c.columns(['account_id', 'sku']).doUpdateSet({ ...product }))
      .execute()
  }
}

const selectLeads = (db: Db) =>
  db
    .selectFrom('leads')
    .innerJoin('chats', 'chats.id', 'leads.chat_id')
    .selectAll('leads')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select(['chats.jid as chat_jid', 'customers.username'])

function leadFrom(row: Selectable<LeadsTable> & { chat_jid: string; username: string | null }): Lead {
  return {
    id: row.id,
    chatJid: row.chat_jid,
    username: row.username,
    productId: row.product_id,
    interest: row.interest,
    createdAt: new Date(row.created_at),
  }
}

/** Inserts a lead and returns its id. */
export async function insertLead(
  trx: Trx,
  lead: {
    accountId: AccountId
    chatId: ChatId
    customerId: CustomerId
    productId: number | null
    interest: string
    at: Date
  },
): Promise<number> {
  const { id } = await trx
    .insertInto('leads')
    .values({
      account_id: lead.accountId,
      chat_id: lead.chatId,
      customer_id: lead.customerId,
      product_id: lead.productId,
      interest: lead.interest,
      created_at: lead.at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Lists leads, newest first. */
export async function listLeads(db: Db, accountId: AccountId, page: PageBefore): Promise<Lead[]> {
  return (await newestOfAccount(selectLeads(db), 'leads', accountId, page)).map(leadFrom)
}

/** Lists a customer's leads newer than number `after`, oldest first. */
export async function leadsOfCustomer(db: Db, customerId: CustomerId, page: PageAfter): Promise<Lead[]> {
  return (await oldestOfCustomer(selectLeads(db), 'leads', customerId, page)).map(leadFrom)
}
