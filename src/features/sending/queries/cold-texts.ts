import type { AccountId, ChatId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds a text sent, or to be sent, to a person who never wrote. */
export interface ColdText {
  accountId: AccountId
  /** A digest; the words themselves are not stored. */
  digest: string
  chatId: ChatId
}

const others = compiled((db: Db, p: ColdText & { since: number }) =>
  db
    .selectFrom('cold_texts')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', p.accountId)
    .where('digest', '=', p.digest)
    .where('chat_id', '!=', p.chatId)
    .where('at', '>', p.since),
)

/** Counts the other strangers who got the same text since then. */
export async function countOtherStrangers(db: Db, text: ColdText, since: Date): Promise<number> {
  return (await others(db, { ...text, since: since.getTime() })).rows[0]?.n ?? 0
}

const put = compiled((trx: Trx, p: ColdText & { at: number }) =>
  trx
    .insertInto('cold_texts')
    .values({ account_id: p.accountId, digest: p.digest, chat_id: p.chatId, at: p.at })
    .onConflict((c) => c.columns(['account_id', 'digest', 'chat_id']).doUpdateSet({ at: p.at })),
)

/** Records a text to a stranger. */
export async function putColdText(trx: Trx, text: ColdText, at: Date): Promise<void> {
  await put(trx, { ...text, at: at.getTime() })
}

/** Merges the records of two chats: a stranger counts once. */
export async function mergeColdTexts(
  trx: Trx,
  { accountId, from, into }: { accountId: AccountId; from: number; into: number },
): Promise<void> {
  await sql`update or replace cold_texts set chat_id = ${into}
    where account_id = ${accountId} and chat_id = ${from}`.execute(trx)
}

/** Deletes records up to a time. */
export async function pruneColdTexts(trx: Trx, before: Date): Promise<void> {
  await trx.deleteFrom('cold_texts').where('at', '<=', before.getTime()).execute()
}
