import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const statements = [
  `create table lid_mappings (
    account_id integer not null,
    lid text not null,
    phone text,
    seen_at integer not null,
    primary key (account_id, lid)
  ) without rowid`,
  // A number belongs to one person at a time.
  `create unique index lid_mappings_phone on lid_mappings(account_id, phone) where phone is not null`,
  `create table merged_ids (
    kind text not null,
    old_id integer not null,
    account_id integer not null,
    new_id integer not null,
    primary key (kind, old_id)
  ) without rowid`,
  `create index merged_ids_new on merged_ids(kind, new_id)`,
  // The mappings that chats already know.
  `insert or ignore into lid_mappings(account_id, lid, phone, seen_at)
    select account_id, lid, phone, created_at from chats where lid is not null and phone is not null order by id`,
  // Indexes for merging.
  `create index appointments_chat on appointments(chat_id)`,
  `create index tickets_chat on tickets(chat_id)`,
  `create index tickets_customer on tickets(customer_id)`,
  `create index leads_chat on leads(chat_id)`,
  `create index leads_customer on leads(customer_id)`,
  `create index undecrypted_chat on undecrypted(chat_id)`,
]

/** Adds people's identities: LIDs with their numbers, and rows that were merged. */
export const identity: Migration = {
  about: 'LIDs and their phone numbers, ids of merged rows',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
