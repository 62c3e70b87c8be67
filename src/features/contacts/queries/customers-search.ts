import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import { compiled, compiledPage } from '../../../db/prepared-query.ts'
import type { CustomersTable, Db, Trx } from '../../../db/tables.ts'

/** Holds a row of `customers`. */
export type CustomerRow = Selectable<CustomersTable>

// SQL specific to SQLite for finding parts of words is only in this file.

/** Trigrams need three characters; shorter texts are searched row by row. */
const trigramLength = 3

const accountMark = (accountId: AccountId) => `#${accountId}#`

const remove = compiled((trx: Trx, p: { id: number }) =>
  trx.deleteFrom('customer_search').where('rowid', '=', p.id),
)

const insert = compiled((trx: Trx, p: { id: number; account: string; words: string }) =>
  trx.insertInto('customer_search').values({ rowid: p.id, account: p.account, words: p.words } as never),
)

/** Indexes a customer under exactly these words. */
export async function indexCustomer(
  trx: Trx,
  customer: { id: number; accountId: AccountId; words: string; isNew: boolean },
): Promise<void> {
  const { id, words } = customer
  if (!customer.isNew) await remove(trx, { id })
  await insert(trx, { id, account: accountMark(customer.accountId), words })
}

/** Up to this many matches are checked one by one; for more the index is asked twice, also about the account. */
const maxChecked = 200

const someIds = compiled((db: Db, p: { words: string }) =>
  db
    .selectFrom('customer_search')
    .innerJoin('customers', 'customers.id', 'customer_search.rowid')
    .select(['customers.id', 'customers.account_id'])
    .where(sql<boolean>`customer_search match ${p.words}`)
    .orderBy('customer_search.rowid', 'desc')
    .limit(maxChecked + 1),
)

const withIds = compiledPage((db: Db, p: { accountId: AccountId; ids: string }) =>
  db
    .selectFrom('customers')
    .selectAll()
    // The plus keeps SQLite from scanning all of the account's customers.
    .where(sql<boolean>`+account_id = ${p.accountId}`)
    .where(sql<boolean>`id in (select value from json_each(${p.ids}))`)
    .orderBy('id', 'desc'),
)

const page = compiledPage((db: Db, p: { match: string; limit: number; offset: number }) =>
  db
    .selectFrom('customer_search')
    .innerJoin('customers', 'customers.id', 'customer_search.rowid')
    .selectAll('customers')
    .where(sql<boolean>`customer_search match ${p.match}`)
    .orderBy('customer_search.rowid', 'desc')
    .limit(p.limit)
    .offset(p.offset),
)

const count = compiled((db: Db, p: { match: string }) =>
  db
    .selectFrom('customer_search')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(sql<boolean>`customer_search match ${p.match}`),
)

/** Finds customers by normalised text, newest first, and counts all matches. */
export async function findCustomerRows(
  db: Db,
  accountId: AccountId,
  text: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ rows: CustomerRow[]; total: number }> {
  if (Array.from(text).length < trigramLength) return findShort(db, accountId, text, { limit, offset })
  const words = `words : "${text.replaceAll('"', '""')}"`
  const some = (await someIds(db, { words })).rows
  if (some.length <= maxChecked) {
    const own = some.filter((row) => row.account_id === accountId).map(({ id }) => id)
    const ids = JSON.stringify(own.slice(offset, offset + limit))
    return { rows: await withIds(db, { accountId, ids }), total: own.length }
  }
  const match = `account : "${accountMark(accountId)}" AND ${words}`
  const rows = await page(db, { match, limit, offset })
  // A first page that is not full has them all.
  const isWhole = offset === 0 && rows.length < limit
  return { rows, total: isWhole ? rows.length : ((await count(db, { match })).rows[0]?.n ?? 0) }
}

const idsWith = compiled((db: Db, p: { accountId: AccountId; text: string }) =>
  db
    .selectFrom('customers')
    .select(sql<string>`json_group_array(id)`.as('ids'))
    .where('account_id', '=', p.accountId)
    .where(sql<boolean>`instr(search_text, ${p.text}) > 0`),
)

/** Scans the customers once, for the page and the count. */
async function findShort(
  db: Db,
  accountId: AccountId,
  text: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ rows: CustomerRow[]; total: number }> {
  const [found] = (await idsWith(db, { accountId, text })).rows
  const all = JSON.parse(found?.ids ?? '[]') as number[]
  const ids = all.toSorted((a, b) => b - a).slice(offset, offset + limit)
  return { rows: await withIds(db, { accountId, ids: JSON.stringify(ids) }), total: all.length }
}
