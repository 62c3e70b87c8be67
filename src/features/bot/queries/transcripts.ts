import type { AccountId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/tables.ts'

/** Finds voice notes' transcripts by message; missing ones are left out. */
export async function findTranscripts(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<Map<number, string>> {
  if (messageIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('bot_transcripts')
    .select(['message_id', 'text'])
    .where(sql<boolean>`message_id in (select value from json_each(${JSON.stringify(messageIds)}))`)
    .execute()
  return new Map(rows.map((row) => [row.message_id, row.text]))
}

/** Stores a transcript; the first one stays. */
export async function storeTranscript(
  trx: Trx,
  accountId: AccountId,
  messageId: MessageId,
  { text, at }: { text: string; at: Date },
): Promise<void> {
  await trx
    .insertInto('bot_transcripts')
    .values({ message_id: messageId, account_id: accountId, text, created_at: at.getTime() })
    .onConflict((c) => c.column('message_id').doNothing())
    .execute()
}
