import type { AccountId } from '../../../core/ids.ts'
import type { SettingKey, SettingsPatch } from '../../../core/settings.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Returns the values that were set through the API, by key. */
export async function storedSettings(db: Db, accountId: AccountId): Promise<Map<string, unknown>> {
  const rows = await db
    .selectFrom('settings')
    .select(['key', 'value'])
    .where('account_id', '=', accountId)
    .execute()
  return new Map(rows.map((row) => [row.key, JSON.parse(row.value) as unknown]))
}

/** Sets the keys that have a value, removes the null ones, leaves the undefined ones. */
export async function storeSettings(
  trx: Trx,
  accountId: AccountId,
  patch: SettingsPatch,
  at: Date,
): Promise<void> {
  for (const key of Object.keys(patch) as SettingKey[]) {
    const value = patch[key]
    if (value === undefined) continue
    if (value === null) {
      await trx.deleteFrom('settings').where('account_id', '=', accountId).where('key', '=', key).execute()
      continue
    }
    const row = { account_id: accountId, key, value: JSON.stringify(value), updated_at: at.getTime() }
    await trx
      .insertInto('settings')
      .values(row)
      .onConflict((c) =>
        c.columns(['account_id', 'key']).doUpdateSet({ value: row.value, updated_at: row.updated_at }),
      )
      .execute()
  }
}
