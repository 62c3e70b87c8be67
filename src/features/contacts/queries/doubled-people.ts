import type { AccountId } from '../../../core/ids.ts'
import type { Addressed } from './identities.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** A number under whose two spellings there may be two chats or customers. */
export interface Doubled {
  accountId: AccountId
  /** Digits. */
  phone: string
}

/** Finds people who may be kept twice, some at a time. */
export async function findDoubled(db: Db, limit: number): Promise<Doubled[]> {
  return db
    .selectFrom('doubled_people')
    .select(['account_id as accountId', 'phone'])
    .orderBy('account_id')
    .orderBy('phone')
    .limit(limit)
    .execute()
}

/** Notes that nothing more is to be done about a number. */
export async function removeDoubled(trx: Trx, { accountId, phone }: Doubled): Promise<void> {
  await trx
    .deleteFrom('doubled_people')
    .where('account_id', '=', accountId)
    .where('phone', '=', phone)
    .execute()
}

/** Lists the chats that show one of these numbers; first the one whose number is surest to be as WhatsApp spells it. */
export async function findChatsWithNumber(
  trx: Trx,
  accountId: AccountId,
  phones: readonly string[],
): Promise<Addressed[]> {
  return trx
    .selectFrom('chats')
    .select(['id', 'customer_id as customerId', 'phone', 'lid'])
    .where('account_id', '=', accountId)
    .where('phone', 'in', phones)
    .orderBy((eb) => eb('lid', 'is', null))
    .orderBy('confirmed', 'desc')
    .orderBy('message_count', 'desc')
    .execute()
}

/** Forgets the numbers of whoever is erased: there is nobody left to unite. */
export async function forgetDoubled(
  trx: Trx,
  accountId: AccountId,
  phones: readonly string[],
): Promise<void> {
  await trx
    .deleteFrom('doubled_people')
    .where('account_id', '=', accountId)
    .where('phone', 'in', phones)
    .execute()
}
