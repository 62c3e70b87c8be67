import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds the reason for which a message waits. */
export const outboxReasons: Migration = {
  about: 'finds what waits for a reason of its own, so that the length of the queue costs nothing',
  async up(db: Kysely<unknown>) {
    // Few have a reason; those that only wait for their turn cost nothing here.
    await sql`create index outbox_reasons on outbox(account_id, reason, send_class, message_id)
      where reason is not null`.execute(db)
  },
}
