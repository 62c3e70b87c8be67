import type { AccountId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Records that the person with this address was erased. */
export interface Erasure {
  at: Date
  /** For a number: the hash of its owner's LID, if known. With another LID it is another person's. */
  lid: string | null
}

const newest = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('erasures')
    .select((eb) => eb.fn.max<number | null>('erased_at').as('at'))
    .where('account_id', '=', p.accountId),
)

/** Returns when a person was last erased; undefined if never. */
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

/** Finds an erasure; `address` is a keyed hash. */
export async function findErasure(
  db: Db,
  accountId: AccountId,
  address: string,
): Promise<Erasure | undefined> {
  const [row] = (await ofAddress(db, { accountId, address })).rows
  return row && { at: new Date(row.erased_at), lid: row.lid }
}

/** Stores that the person with this hash was erased; of two erasures the later counts. */
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

/** Records the same as `putErasure` for the numbers of the person whose LID has this hash. */
export async function eraseNumbersOf(trx: Trx, accountId: AccountId, lid: string, at: Date): Promise<void> {
  await trx
    .updateTable('erasures')
    .set({ erased_at: at.getTime() })
    .where('account_id', '=', accountId)
    .where('lid', '=', lid)
    .where('erased_at', '<', at.getTime())
    .execute()
}
