import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** The columns and indexes by which the sender keeps its pace. */
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
      // The sender looks only at the first of each chat, class by class.
      sql`create index outbox_heads on outbox(account_id, send_class, due_at, message_id) where head = 1`,
      // What was tried before goes first: it has its place in the pace already.
      sql`create index outbox_tried on outbox(account_id, due_at, message_id) where attempts > 0`,
      sql`create index outbox_queue on outbox(account_id, send_class, message_id)`,
    ]
    for (const step of steps) await step.execute(db)
  },
}

/** What WhatsApp says of each account. */
export const accountLimits: Migration = {
  about: 'the limits that WhatsApp sets on an account, so that a restart does not forget them',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('account_limits')
      .addColumn('account_id', 'integer', (c) => c.primaryKey().references('accounts.id'))
      .addColumn('locked', 'integer', (c) => c.notNull())
      .addColumn('locked_until', 'integer')
      .addColumn('lock_type', 'text')
      .addColumn('cap_status', 'text', (c) => c.notNull())
      .addColumn('cap_total', 'integer')
      .addColumn('cap_used', 'integer')
      .addColumn('cap_until', 'integer')
      .addColumn('refused_reason', 'text')
      .addColumn('refused_until', 'integer')
      .addColumn('checked_at', 'integer')
      .execute()
  },
}

/** Which messages are advertising. */
export const marketing: Migration = {
  about: 'marks advertising, which goes only to those who agreed to it',
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('messages')
      .addColumn('marketing', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`create index messages_marketing on messages(chat_id) where marketing = 1`.execute(db)
  },
}

/** Which numbers are on WhatsApp. */
export const numberChecks: Migration = {
  about: 'keeps which numbers are on WhatsApp, so that each is asked for once',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('number_checks')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('phone', 'text', (c) => c.notNull())
      .addColumn('jid', 'text')
      .addColumn('checked_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('number_checks_pk', ['account_id', 'phone'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema
      .createIndex('number_checks_checked_at')
      .on('number_checks')
      .columns(['account_id', 'checked_at'])
      .execute()
  },
}

/** Sends to many recipients at once. */
export const batches: Migration = {
  about: 'sends to many recipients as one thing, with its progress',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('batches')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('total', 'integer', (c) => c.notNull())
      .addColumn('rejected', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('cancelled_at', 'integer')
      .execute()
    await db.schema.alterTable('messages').addColumn('batch_id', 'integer').execute()
    await sql`create index messages_batch on messages(batch_id, status) where batch_id is not null`.execute(
      db,
    )
  },
}

/** What waits for a reason of its own. */
export const outboxReasons: Migration = {
  about: 'finds what waits for a reason of its own, so that the length of the queue costs nothing',
  async up(db: Kysely<unknown>) {
    // Few have a reason; those that only wait for their turn cost nothing here.
    await sql`create index outbox_reasons on outbox(account_id, reason, send_class, message_id)
      where reason is not null`.execute(db)
  },
}

/** What strangers were told of late. */
export const coldTexts: Migration = {
  about: 'counts the strangers who get the same message within a day, however it is handed in',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('cold_texts')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('digest', 'text', (c) => c.notNull())
      .addColumn('chat_id', 'integer', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('cold_texts_pk', ['account_id', 'digest', 'chat_id'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema.createIndex('cold_texts_at').on('cold_texts').column('at').execute()
  },
}

/** Messages for later. */
export const schedules: Migration = {
  about: 'messages for later, once or again and again',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('schedules')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('recipients', 'text', (c) => c.notNull())
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('category', 'text', (c) => c.notNull())
      .addColumn('cron', 'text')
      .addColumn('time_zone', 'text', (c) => c.notNull())
      .addColumn('if_missed', 'text', (c) => c.notNull())
      .addColumn('quiet', 'integer', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('next_at', 'integer')
      .addColumn('last_at', 'integer')
      .addColumn('last_error', 'text')
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .execute()
    await sql`create index schedules_next on schedules(next_at) where next_at is not null`.execute(db)
    await sql`create index schedules_account on schedules(account_id, id)`.execute(db)
  },
}
