import type { FastStatement } from './fast-rows.ts'

type Prepare = (sql: string) => FastStatement

/**
 * Databases and running transactions whose statements may run on the connection itself. Between a query and SQLite,
 * Kysely waits for a connection and passes through half a dozen promises: for an indexed row that is most of the
 * work.
 */
const connections = new WeakMap<object, Prepare>()

/** Lets a database's compiled queries run on its connection, without Kysely's queue. */
export function runDirectly(db: object, prepare: Prepare): void {
  connections.set(db, prepare)
}

/** Lets a transaction run on its database's connection, which it holds exclusively. */
export function adopt(transaction: object, db: object): void {
  const prepare = connections.get(db)
  if (prepare) connections.set(transaction, prepare)
}

/** Returns the prepared statement of a query; undefined if it has to go through Kysely. */
export function directStatement(db: object, sql: string): FastStatement | undefined {
  return connections.get(db)?.(sql)
}
