import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import { annotationTables } from './annotations.ts'
import type { Trx } from '../../../db/tables.ts'

/** Annotations in groups only: in the words of their index, without which SQLite would not use it. */
const inGroups = sql`person <> 'me' and person <> 'customer'`

/**
 * Moves the annotations that a person made in groups as `from` to `into`. Of two under one message the newest stays.
 * Idempotent.
 */
export async function moveAnnotations(
  trx: Trx,
  accountId: AccountId,
  { from, into }: { from: string; into: string },
): Promise<void> {
  for (const { table, column: value } of annotationTables) {
    const [marks, column] = [sql.table(table), sql.ref(value)]
    const theirs = sql`person = ${from} and ${inGroups} and exists
      (select 1 from messages m where m.id = message_id and m.account_id = ${accountId})`
    await sql`insert into ${marks}(message_id, person, ${column}, at)
      select message_id, ${into}, ${column}, at from ${marks} where ${theirs}
      on conflict(message_id, person) do update set ${column} = excluded.${column}, at = excluded.at
        where excluded.at > ${marks}.at`.execute(trx)
    await sql`delete from ${marks} where ${theirs}`.execute(trx)
  }
}

/** Merges the annotations of a message that was stored twice; of one person's two the newest stays. */
export async function mergeAnnotations(
  trx: Trx,
  { goes, stays }: { goes: number; stays: number },
): Promise<void> {
  for (const { table, column: value } of annotationTables) {
    const [marks, column] = [sql.table(table), sql.ref(value)]
    await sql`insert into ${marks}(message_id, person, ${column}, at)
      select ${stays}, person, ${column}, at from ${marks} where message_id = ${goes}
      on conflict(message_id, person) do update set ${column} = excluded.${column}, at = excluded.at
        where excluded.at > ${marks}.at`.execute(trx)
    await sql`delete from ${marks} where message_id = ${goes}`.execute(trx)
  }
}

/** Deletes annotations in groups, and changes waiting there for their message, of any of these jids. */
export async function deleteAnnotationsOf(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
): Promise<void> {
  const list = sql`(select value from json_each(${JSON.stringify(jids)}))`
  for (const { table } of annotationTables) {
    await sql`delete from ${sql.table(table)} where person in ${list} and ${inGroups} and exists
      (select 1 from messages m where m.id = message_id and m.account_id = ${accountId})`.execute(trx)
  }
  await sql`delete from early_changes where account_id = ${accountId} and exists
    (select 1 from json_each(incoming, '$.by') where value in ${list})`.execute(trx)
}
