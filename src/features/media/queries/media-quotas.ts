import type { AccountId, KeyId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Returns how many bytes of files an account keeps; equal content counts once. */
export async function keptBytes(db: Db, accountId: AccountId): Promise<number> {
  const row = await db
    .selectFrom('media_kept')
    .select('bytes')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.bytes ?? 0
}

/** Returns how many bytes a key uploaded on a day, counted from the Unix epoch. */
export async function uploadedBytes(db: Db, keyId: KeyId, day: number): Promise<number> {
  const row = await db
    .selectFrom('key_uploads')
    .select('bytes')
    .where('key_id', '=', keyId)
    .where('day', '=', day)
    .executeTakeFirst()
  return row?.bytes ?? 0
}

/** Adds to a key's uploads of a day. Only the newest day is kept. */
export async function addUploadedBytes(
  trx: Trx,
  { keyId, day, bytes }: { keyId: KeyId; day: number; bytes: number },
): Promise<void> {
  const before = await uploadedBytes(trx, keyId, day)
  const row = { day, bytes: before + bytes }
  await trx
    .insertInto('key_uploads')
    .values({ key_id: keyId, ...row })
    .onConflict((c) => c.column('key_id').doUpdateSet(row))
    .execute()
}
