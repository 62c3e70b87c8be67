import type { MessageId } from '../../../src/core/ids.ts'
import type { Db } from '../../../src/db/tables.ts'

/** Returns the texts of outgoing messages that begin so, in any order. */
export async function textsSentLike(db: Db, beginning: string): Promise<string[]> {
  const rows = await db
    .selectFrom('messages')
    .select('text')
    .where('direction', '=', 'outgoing')
    .where('text', 'like', `${beginning}%`)
    .execute()
  return rows.map(({ text }) => text)
}

/** Returns the newest outgoing text. */
export async function newestSentText(db: Db): Promise<MessageId> {
  const { id } = await db
    .selectFrom('messages')
    .select('id')
    .where('direction', '=', 'outgoing')
    .where('kind', '=', 'text')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return id
}

/** Returns a message with a file whose words hold this part. */
export async function captionedWith(db: Db, part: string): Promise<MessageId> {
  const { id } = await db
    .selectFrom('messages')
    .select('id')
    .where('text', 'like', `%${part}%`)
    .where('media_id', 'is not', null)
    .executeTakeFirstOrThrow()
  return id
}

/** Returns the kept protobufs of the messages with this id of WhatsApp. */
export async function protosOf(db: Db, waId: string): Promise<(Uint8Array | null)[]> {
  const rows = await db.selectFrom('messages').select('proto').where('wa_id', '=', waId).execute()
  return rows.map(({ proto }) => proto)
}

/** Returns the changes of this sender that wait for their messages, as stored. */
export async function earlyChangesOf(db: Db, sender: string): Promise<string[]> {
  const rows = await db.selectFrom('early_changes').select('incoming').where('sender', '=', sender).execute()
  return rows.map(({ incoming }) => incoming)
}
