import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds the columns and indexes by which the sender keeps its pace. */
export const sendingPace: Migration = {
  about: 'what class a message is of and when it went out, so that the pace is counted from the messages',
  async up(db: Kysely<unknown>) {
    for (const name of ['send_class', 'went_at']) {
      await db.schema.alterTable('messages').addColumn(name, 'integer').execute()
    }
    await db.schema
      .alterTable('outbox')
      .addColumn('send_class', 'integer', (c) => c.notNull().defaultTo(2))
      .execute()
    await db.schema
      .alterTable('outbox')
      .addColumn('head', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    const steps = [
      sql`create index messages_incoming on messages(chat_id, sent_at) where direction = 'incoming'`,
      sql`create index messages_went on messages(account_id, send_class, went_at) where went_at is not null`,
      sql`create index messages_went_chat on messages(chat_id, went_at) where went_at is not null`,
      sql`update outbox set
        send_class = case when exists (
          select 1 from messages where messages.chat_id = outbox.chat_id and messages.direction = 'incoming'
        ) then 1 else 2 end,
        head = not exists (
          select 1 from outbox as earlier
          where earlier.chat_id = outbox.chat_id and earlier.message_id < outbox.message_id
        )`,
      sql`drop index outbox_account_id_due_at_message_id`,
      // The sender looks only at the first message of each chat, class by class.
      sql`create index outbox_heads on outbox(account_id, send_class, due_at, message_id) where head = 1`,
      // A message that was tried before goes first: it has its place in the pace already.
      sql`create index outbox_tried on outbox(account_id, due_at, message_id) where attempts > 0`,
      sql`create index outbox_queue on outbox(account_id, send_class, message_id)`,
    ]
    for (const step of steps) await step.execute(db)
  },
}
