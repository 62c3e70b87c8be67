import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { otherSpelling } from '../../core/phone/phone-spellings.ts'
import type { Migration } from '../migrate.ts'

interface Row {
  id: number
  account_id: number
  phone: string
}

/** Finds numbers in either spelling of their country, and notes people stored twice because of them, to be merged. */
export const peopleSpellings: Migration = {
  about: 'people are found by each spelling of their numbers; those who stand there twice',
  async up(db) {
    await sql`create table doubled_people (
      account_id integer not null,
      phone text not null,
      primary key (account_id, phone)
    ) without rowid`.execute(db)
    for (const { id, account_id: account, phone } of await rowsOf(db, 'chats')) {
      const other = otherSpelling(phone)
      if (other === phone) continue
      const { numAffectedRows } = await sql`insert or ignore into chat_jids (account_id, jid, chat_id)
        values (${account}, ${`${other}@s.whatsapp.net`}, ${id})`.execute(db)
      if (numAffectedRows === 0n) await note(db, account, phone)
    }
    for (const { id, account_id: account, phone } of await rowsOf(db, 'customers')) {
      const other = otherSpelling(phone)
      if (other === phone) continue
      await sql`update customers set search_text = search_text || char(10) || ${other} where id = ${id}`.execute(
        db,
      )
      await sql`delete from customer_search where rowid = ${id}`.execute(db)
      await sql`insert into customer_search(rowid, account, words)
        select id, '#' || account_id || '#', search_text from customers where id = ${id}`.execute(db)
      const { rows } = await sql`select 1 from customers
        where account_id = ${account} and phone = ${other}`.execute(db)
      if (rows.length > 0) await note(db, account, phone)
    }
  },
}

async function rowsOf(db: Kysely<unknown>, table: 'chats' | 'customers'): Promise<Row[]> {
  const { rows } = await sql<Row>`select id, account_id, phone from ${sql.table(table)}
    where phone is not null`.execute(db)
  return rows
}

/** Notes a doubled person once for both spellings. */
async function note(db: Kysely<unknown>, account: number, phone: string): Promise<void> {
  const first = [phone, otherSpelling(phone)].toSorted()[0]
  await sql`insert or ignore into doubled_people (account_id, phone) values (${account}, ${first})`.execute(
    db,
  )
}
