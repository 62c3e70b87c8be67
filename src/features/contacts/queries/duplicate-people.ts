import type { AccountId } from '../../../core/ids.ts'
import type { Addressed } from './identities.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds a number whose two spellings may have two chats or customers. */
export interface DuplicateNumber {
  accountId: AccountId
  /** Digits. */
  phone: string
}

/** Lists people who may be stored twice, up to `limit`. */
export async function findDuplicates(db: Db, limit: number): Promise<DuplicateNumber[]> {
  return db
    .selectFrom('doubled_people')
    .select(['account_id as accountId', 'phone'])
    .orderBy('account_id')
    .orderBy('phone')
    .limit(limit)
    .execute()
}

/** Marks a number as done. */
export async function removeDuplicate(trx: Trx, { accountId, phone }: DuplicateNumber): Promise<void> {
  await trx
    .deleteFrom('doubled_people')
    .where('account_id', '=', accountId)
    .where('phone', '=', phone)
    .execute()
}

/** Lists the chats that show one of these numbers; first the one whose spelling is most certainly WhatsApp's. */
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

/** Deletes the numbers of an erased person, who has no rows left to merge. */
export async function forgetDuplicates(
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
