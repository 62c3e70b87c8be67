import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Merges a person's annotations under number and LID into the newest, under the LID. */
async function unite(db: Kysely<unknown>, table: string, value: string): Promise<void> {
  const [marks, column] = [sql.table(table), sql.ref(value)]
  await sql`insert into ${marks}(message_id, person, ${column}, at)
    select r.message_id, l.lid, r.${column}, r.at from ${marks} r
      join messages m on m.id = r.message_id
      join lid_mappings l on l.account_id = m.account_id and l.phone || '@s.whatsapp.net' = r.person
    where true
    on conflict(message_id, person) do update set ${column} = excluded.${column}, at = excluded.at
      where excluded.at > ${marks}.at`.execute(db)
  await sql`delete from ${marks} where exists (select 1 from messages m
    join lid_mappings l on l.account_id = m.account_id and l.phone || '@s.whatsapp.net' = ${marks}.person
    where m.id = ${marks}.message_id)`.execute(db)
}

/**
 * Lets annotations in groups be found by their author, so that they follow when LID and number turn out to be one
 * person.
 */
export const markPeople: Migration = {
  about: 'reactions and votes in groups by person',
  async up(db) {
    for (const [table, value] of [
      ['reactions', 'emoji'],
      ['poll_votes', 'options'],
    ] as const) {
      await unite(db, table, value)
      // In one-to-one chats it is always one of these, and nothing looks for it.
      await sql`create index ${sql.ref(`${table}_person`)} on ${sql.table(table)}(person)
        where person <> 'me' and person <> 'customer'`.execute(db)
    }
  },
}
