import type { AccountId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** That somebody with this address was erased. */
export interface Erasure {
  at: Date
  /** Of a number: the hash of the LID of whoever had it, where that was known. With another LID it is somebody else's. */
  lid: string | null
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
    .select(['erased_at', 'lid'])
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
  return row && { at: new Date(row.erased_at), lid: row.lid }
}

/** Remembers that whoever goes by this hash was erased; of two erasures the later one counts. */
export async function putErasure(
  trx: Trx,
  accountId: AccountId,
  address: string,
  { at, lid }: Erasure,
): Promise<void> {
  await trx
    .insertInto('erasures')
    .values({ account_id: accountId, address, erased_at: at.getTime(), lid })
    .onConflict((c) =>
      c.columns(['account_id', 'address']).doUpdateSet((eb) => ({
        erased_at: eb.fn<number>('max', ['erasures.erased_at', 'excluded.erased_at']),
        lid: eb.fn.coalesce('excluded.lid', 'erasures.lid'),
      })),
    )
    .execute()
}

/** The same for the numbers of whoever has this LID, which is given as its hash. */
export async function eraseNumbersOf(trx: Trx, accountId: AccountId, lid: string, at: Date): Promise<void> {
  await trx
    .updateTable('erasures')
    .set({ erased_at: at.getTime() })
    .where('account_id', '=', accountId)
    .where('lid', '=', lid)
    .where('erased_at', '<', at.getTime())
    .execute()
}
