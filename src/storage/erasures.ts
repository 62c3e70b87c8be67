import type { AccountId } from '../domain/account.ts'
import { compiled } from './compiled.ts'
import type { Db, Trx } from './tables.ts'

/** That somebody with this address was erased. */
export interface Erasure {
  at: Date
  /** The address is a number, and the LID of whoever had it then was known: with another LID it is somebody else's. */
  lidKnown: boolean
}

const newest = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('erasures')
    .select((eb) => eb.fn.max<number | null>('erased_at').as('at'))
    .where('account_id', '=', p.accountId),
)

/** When somebody was erased last; undefined where nobody ever was. */
export async function newestErasure(db: Db, accountId: AccountId): Promise<Date | undefined> {
  const at = (await newest(db, { accountId })).rows[0]?.at ?? null
  return at === null ? undefined : new Date(at)
}

const ofAddress = compiled((db: Db, p: { accountId: AccountId; address: string }) =>
  db
    .selectFrom('erasures')
    .select(['erased_at', 'lid_known'])
    .where('account_id', '=', p.accountId)
    .where('address', '=', p.address),
)

/** `address`: as a keyed hash. */
export async function findErasure(
  db: Db,
  accountId: AccountId,
  address: string,
): Promise<Erasure | undefined> {
  const [row] = (await ofAddress(db, { accountId, address })).rows
  return row && { at: new Date(row.erased_at), lidKnown: row.lid_known === 1 }
}

/** Remembers that whoever goes by these hashes was erased; of two erasures the later one counts. */
export async function putErasure(
  trx: Trx,
  accountId: AccountId,
  addresses: readonly string[],
  { at, lidKnown }: Erasure,
): Promise<void> {
  for (const address of addresses) {
    await trx
      .insertInto('erasures')
      .values({
        account_id: accountId,
        address,
        erased_at: at.getTime(),
        lid_known: lidKnown ? 1 : 0,
      })
      .onConflict((c) =>
        c.columns(['account_id', 'address']).doUpdateSet((eb) => ({
          erased_at: eb.fn<number>('max', ['erasures.erased_at', 'excluded.erased_at']),
          lid_known: eb.fn<0 | 1>('max', ['erasures.lid_known', 'excluded.lid_known']),
        })),
      )
      .execute()
  }
}
