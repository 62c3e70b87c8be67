import type { AccountId } from '../../../core/ids.ts'
import { phoneJid } from '../../../core/jid.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** WhatsApp's answer about a number, and when. */
export interface NumberCheck {
  /** The number's jid; null if it is not on WhatsApp. */
  jid: string | null
  checkedAt: Date
}

const ofNumber = compiled((db: Db, p: { accountId: AccountId; phone: string }) =>
  db
    .selectFrom('number_checks')
    .select(['jid', 'checked_at'])
    .where('account_id', '=', p.accountId)
    .where('phone', '=', p.phone),
)

/** Finds the cached answer about a number. */
export async function findNumberCheck(
  db: Db,
  accountId: AccountId,
  phone: string,
): Promise<NumberCheck | undefined> {
  const [row] = (await ofNumber(db, { accountId, phone })).rows
  return row && { jid: row.jid, checkedAt: new Date(row.checked_at) }
}

/** Caches an answer about a number. */
export async function putNumberCheck(
  trx: Trx,
  accountId: AccountId,
  phone: string,
  { jid, checkedAt }: NumberCheck,
): Promise<void> {
  const set = { jid, checked_at: checkedAt.getTime() }
  await trx
    .insertInto('number_checks')
    .values({ account_id: accountId, phone, ...set })
    .onConflict((c) => c.columns(['account_id', 'phone']).doUpdateSet(set))
    .execute()
}

/** Returns when the nth newest check was made, counted from 1; undefined if there are fewer. */
export async function nthNewestCheck(db: Db, accountId: AccountId, n: number): Promise<Date | undefined> {
  const row = await db
    .selectFrom('number_checks')
    .select('checked_at')
    .where('account_id', '=', accountId)
    .orderBy('checked_at', 'desc')
    .offset(n - 1)
    .limit(1)
    .executeTakeFirst()
  return row && new Date(row.checked_at)
}

/** Deletes outdated answers. */
export async function pruneNumberChecks(trx: Trx, before: Date): Promise<void> {
  await trx.deleteFrom('number_checks').where('checked_at', '<', before.getTime()).execute()
}

/** Deletes the answers about a number, in every spelling. */
export async function forgetNumber(trx: Trx, accountId: AccountId, phone: string | null): Promise<void> {
  if (phone === null) return
  await trx
    .deleteFrom('number_checks')
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('phone', '=', phone), eb('jid', '=', phoneJid(phone))]))
    .execute()
}
