import type { AccountId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/tables.ts'

/** Somebody who was erased and of whom traces may be left; without addresses only those in the files themselves. */
export interface Trace {
  id: number
  accountId: AccountId
  /** Jids. */
  addresses: string[]
}

/** Remembers whose traces are to be removed, in the transaction of the erasure. */
export async function noteTrace(trx: Trx, accountId: AccountId, addresses: readonly string[]): Promise<void> {
  const row = { account_id: accountId, addresses: JSON.stringify(addresses) }
  await trx.insertInto('erasure_traces').values(row).execute()
}

/** Whose traces are still to be removed, the oldest first. */
export async function listTraces(db: Db): Promise<Trace[]> {
  const rows = await db.selectFrom('erasure_traces').selectAll().orderBy('id').limit(100).execute()
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    addresses: JSON.parse(row.addresses) as string[],
  }))
}

/** Forgets the addresses: nothing but the files of the database can hold anything of them now. */
export async function blankTrace(trx: Trx, id: number): Promise<void> {
  await trx.updateTable('erasure_traces').set({ addresses: '[]' }).where('id', '=', id).execute()
}

export async function removeTrace(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('erasure_traces').where('id', '=', id).execute()
}

/** Full-text indexes with words of people. */
export const personalIndexes = ['message_search', 'customer_search'] as const

/**
 * Does a bounded part of rewriting a full-text index without what was deleted, which such an index only marks.
 * @returns whether nothing is left to do
 */
export async function mergeIndex(
  trx: Trx,
  index: (typeof personalIndexes)[number],
  isFirst: boolean,
): Promise<boolean> {
  // A negative number begins a merge of everything into one segment; further calls go on with it.
  const pages = isFirst ? -mergePages : mergePages
  const before = await totalChanges(trx)
  await sql`insert into ${sql.table(index)}(${sql.ref(index)}, rank) values ('merge', ${pages})`.execute(trx)
  // SQLite's documentation: a merge that did nothing changes fewer than two rows.
  return (await totalChanges(trx)) - before < 2
}

/** Some milliseconds of work. */
const mergePages = 64

async function totalChanges(trx: Trx): Promise<number> {
  const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(trx)
  return rows[0]?.n ?? 0
}
