import type { AccountId } from '../../../core/ids.ts'
import { phoneOf } from '../../../core/jid.ts'
import { otherSpelling, phoneSpellings } from '../../../core/phone/phone-spellings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { LidMappingsTable } from '../../../db/tables/identity.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds the stored facts of a LID. */
export interface KnownMapping {
  lid: string
  /** Null: its former number is another person's. */
  phone: string | null
  seenAt: Date
}

const ofLid = compiled((db: Db, p: { accountId: AccountId; lid: string }) =>
  db.selectFrom('lid_mappings').selectAll().where('account_id', '=', p.accountId).where('lid', '=', p.lid),
)

type OfNumber = { accountId: AccountId; phone: string; other: string }

const ofPhone = compiled((db: Db, p: OfNumber) =>
  db
    .selectFrom('lid_mappings')
    .selectAll()
    .where('account_id', '=', p.accountId)
    .where('phone', 'in', [p.phone, p.other])
    .where('phone', 'is not', null)
    .orderBy('seen_at', 'desc'),
)

/** Finds the mapping of a LID. */
export async function findByLid(
  db: Db,
  accountId: AccountId,
  lid: string,
): Promise<KnownMapping | undefined> {
  const [row] = (await ofLid(db, { accountId, lid })).rows
  return row && { lid: row.lid, phone: row.phone, seenAt: new Date(row.seen_at) }
}

/** Finds the current mapping of a number, in any spelling. */
export async function findByPhone(
  db: Db,
  accountId: AccountId,
  phone: string,
): Promise<KnownMapping | undefined> {
  const [row] = (await ofPhone(db, { accountId, phone, other: otherSpelling(phone) })).rows
  return row && { lid: row.lid, phone: row.phone, seenAt: new Date(row.seen_at) }
}

/** Finds the numbers of LIDs that have one. */
export async function findPhonesOf(
  db: Db,
  accountId: AccountId,
  lids: readonly string[],
): Promise<Map<string, string>> {
  if (lids.length === 0) return new Map()
  const rows = await db
    .selectFrom('lid_mappings')
    .select(['lid', 'phone'])
    .where('account_id', '=', accountId)
    .where('lid', 'in', lids)
    .execute()
  return new Map(rows.flatMap(({ lid, phone }) => (phone === null ? [] : [[lid, phone] as const])))
}

const takePhoneFromMappings = compiled((trx: Trx, p: OfNumber) =>
  trx
    .updateTable('lid_mappings')
    .set({ phone: null })
    .where('account_id', '=', p.accountId)
    .where('phone', 'in', [p.phone, p.other])
    // Otherwise SQLite would not use the index of numbers.
    .where('phone', 'is not', null),
)

const put = compiled((trx: Trx, p: LidMappingsTable) =>
  trx
    .insertInto('lid_mappings')
    .values({ account_id: p.account_id, lid: p.lid, phone: p.phone, seen_at: p.seen_at })
    .onConflict((c) => c.columns(['account_id', 'lid']).doUpdateSet({ phone: p.phone, seen_at: p.seen_at })),
)

/** Gives a number to a LID, and removes it from its former owner. */
export async function putMapping(
  trx: Trx,
  accountId: AccountId,
  { lid, phone, seenAt }: { lid: string; phone: string; seenAt: Date },
): Promise<void> {
  await takePhoneFromMappings(trx, { accountId, phone, other: otherSpelling(phone) })
  await put(trx, { account_id: accountId, lid, phone, seen_at: seenAt.getTime() })
}

/** Deletes the links between a person's addresses. */
export async function forgetMappings(trx: Trx, accountId: AccountId, jids: readonly string[]): Promise<void> {
  const phones = jids.flatMap((jid) => phoneSpellings(phoneOf(jid) ?? '')).filter((phone) => phone !== '')
  await trx
    .deleteFrom('lid_mappings')
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('lid', 'in', jids), eb('phone', 'in', phones)]))
    .execute()
}
