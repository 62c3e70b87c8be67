import type { Db } from '../../../src/db/tables.ts'

/** Tells whether the bot has read the whole log and has no turn to do. */
export async function isBotIdle(db: Db): Promise<boolean> {
  const cursor = await db.selectFrom('bot_cursors').select('seq').executeTakeFirstOrThrow()
  const unread = await db
    .selectFrom('events')
    .select('id')
    .where('name', 'in', ['message.received', 'operator.joined'])
    .where('seq', '>', cursor.seq)
    .execute()
  const open = await db.selectFrom('bot_turns').select('id').where('state', '<>', 'done').execute()
  return unread.length + open.length === 0
}

/** Returns the bot's summary of the first chat, and the message up to which it goes; undefined without one. */
export function firstSummary(db: Db) {
  return db.selectFrom('bot_chats').select(['summary', 'summary_through']).executeTakeFirst()
}
