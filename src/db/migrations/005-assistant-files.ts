import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

const statements = [
  // Documents of the folder are recognised by their files' size and time; documents from the API have neither.
  `alter table knowledge add column fingerprint text`,
  `create table bot_transcripts (
    message_id integer primary key references messages(id) on delete cascade,
    account_id integer not null,
    text text not null,
    created_at integer not null
  )`,
]

/** Adds the texts that the assistant reads from files: documents of a folder, and transcripts of voice notes. */
export const assistantFiles: Migration = {
  about: 'documents that come from a folder; transcripts of voice notes',
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
