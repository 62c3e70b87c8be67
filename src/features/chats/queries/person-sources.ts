import { sql } from 'kysely'
import type { Expression, SqlBool } from 'kysely'

/** Columns of `PersonSources`, for a query that joins customers as `writers` and contact names as `contacts`. */
export const personColumns = [
  'contacts.name as contact_name',
  'contacts.push_name as contact_push_name',
  'contacts.username as contact_username',
  'senders.phone as sender_phone',
  'senders.push_name as sender_push_name',
  'senders.username as sender_username',
  'writers.name as customer_name',
  'writers.push_name as customer_push_name',
  'writers.username as customer_username',
  'writers.phone as customer_phone',
] as const

/** Adds a condition to a join of any query. */
type JoinOn = <J extends { on(condition: Expression<SqlBool>): J }>(join: J) => J

/** Joins a table of people, under its `alias`, to the person whose account and jid are in these columns. */
export function samePerson(alias: string, of: { account: string; jid: string }): JoinOn {
  const isSame = sql<SqlBool>`${sql.ref(`${alias}.account_id`)} = ${sql.ref(of.account)}
    and ${sql.ref(`${alias}.jid`)} = ${sql.ref(of.jid)}`
  return (join) => join.on(isSame)
}
