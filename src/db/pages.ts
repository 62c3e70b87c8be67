import { sql } from 'kysely'
import type { SelectQueryBuilder } from 'kysely'
import type { AccountId, CustomerId } from '../core/ids.ts'

/** Selects a page, newest first: rows with smaller numbers than `before`, all without it. */
export interface PageBefore {
  before?: number | undefined
  limit: number
}

/** Selects a page, oldest first: rows with greater numbers than `after`. */
export interface PageAfter {
  after: number
  limit: number
}

/** Reads a page of an account's rows of `table`, newest first. */
export function newestOfAccount<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  table: TB & string,
  accountId: AccountId,
  { before, limit }: PageBefore,
): Promise<O[]> {
  const id = sql.ref(`${table}.id`)
  const ofAccount = query.where(sql<boolean>`${sql.ref(`${table}.account_id`)} = ${accountId}`)
  const older = before === undefined ? ofAccount : ofAccount.where(sql<boolean>`${id} < ${before}`)
  return older.orderBy(id, 'desc').limit(limit).execute() as Promise<O[]>
}

/** Reads a page of a customer's rows of `table`, oldest first. */
export function oldestOfCustomer<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  table: TB & string,
  customerId: CustomerId,
  { after, limit }: PageAfter,
): Promise<O[]> {
  const id = sql.ref(`${table}.id`)
  return query
    .where(sql<boolean>`${sql.ref(`${table}.customer_id`)} = ${customerId} and ${id} > ${after}`)
    .orderBy(id)
    .limit(limit)
    .execute() as Promise<O[]>
}
