import type { KeyId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import type { KeyUsageTable } from '../../../db/tables/apis.ts'

/** Holds a key's used or reserved requests: minutes and days count from the Unix epoch. */
export interface KeyUsage {
  minute: number
  minuteUsed: number
  day: number
  dayUsed: number
}

/** Finds a key's stored usage. */
export async function findKeyUsage(db: Db, keyId: KeyId): Promise<KeyUsage | undefined> {
  const row = await db.selectFrom('key_usage').selectAll().where('key_id', '=', keyId).executeTakeFirst()
  return row && { minute: row.minute, minuteUsed: row.minute_used, day: row.day, dayUsed: row.day_used }
}

const put = compiled((trx: Trx, p: KeyUsageTable) =>
  trx
    .insertInto('key_usage')
    .values({
      key_id: p.key_id,
      minute: p.minute,
      minute_used: p.minute_used,
      day: p.day,
      day_used: p.day_used,
      last_used_at: p.last_used_at,
    })
    .onConflict((c) =>
      c.column('key_id').doUpdateSet((eb) => ({
        minute: eb.ref('excluded.minute'),
        minute_used: eb.ref('excluded.minute_used'),
        day: eb.ref('excluded.day'),
        day_used: eb.ref('excluded.day_used'),
        last_used_at: eb.ref('excluded.last_used_at'),
      })),
    ),
)

/** Replaces a key's stored usage. */
export async function saveKeyUsage(trx: Trx, keyId: KeyId, usage: KeyUsage, lastUsedAt: Date): Promise<void> {
  await put(trx, {
    key_id: keyId,
    minute: usage.minute,
    minute_used: usage.minuteUsed,
    day: usage.day,
    day_used: usage.dayUsed,
    last_used_at: lastUsedAt.getTime(),
  })
}
