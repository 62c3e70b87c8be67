import type { FastStatement } from './fast-rows.ts'

type Prepare = (sql: string) => FastStatement

/**
 * Databases and running transactions whose statements may be run on the connection itself. Between a query and SQLite,
 * Kysely waits for a connection and passes through half a dozen promises: for an indexed row that is most of the work.
 */
const connections = new WeakMap<object, Prepare>()

export function runDirectly(db: object, prepare: Prepare): void {
  connections.set(db, prepare)
}

/** Lets a transaction run where its database does: it holds the one connection for as long as it lasts. */
export function adopt(transaction: object, db: object): void {
  const prepare = connections.get(db)
  if (prepare) connections.set(transaction, prepare)
}

/** The prepared statement of a query; undefined where it has to go through Kysely. */
export function directStatement(db: object, sql: string): FastStatement | undefined {
  return connections.get(db)?.(sql)
}
