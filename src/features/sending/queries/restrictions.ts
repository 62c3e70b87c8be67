import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import { unrestricted } from '../rules/restriction.ts'
import { capStatuses } from '../../../core/restriction.ts'
import type { Restriction } from '../rules/restriction.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { AccountLimitsTable } from '../../../db/tables/sending.ts'
import type { Db, Trx } from '../../../db/tables.ts'

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))
const msOf = (at: Date | null) => at?.getTime() ?? null

const ofAccount = compiled((db: Db, p: { accountId: AccountId }) =>
  db.selectFrom('account_limits').selectAll().where('account_id', '=', p.accountId),
)

function fromRow(row: Selectable<AccountLimitsTable>): Restriction {
  const { refused_reason: reason, refused_until: until } = row
  return {
    lock: { active: row.locked === 1, until: dateOf(row.locked_until), type: row.lock_type },
    cap: {
      status: capStatuses.find((status) => status === row.cap_status) ?? 'none',
      total: row.cap_total,
      used: row.cap_used,
      until: dateOf(row.cap_until),
    },
    refused: reason === null || until === null ? null : { reason, until: new Date(until) },
    checkedAt: dateOf(row.checked_at),
  }
}

/** Finds WhatsApp's restrictions of an account; none by default. */
export async function findRestriction(db: Db, accountId: AccountId): Promise<Restriction> {
  const [row] = (await ofAccount(db, { accountId })).rows
  return row ? fromRow(row) : unrestricted
}

/** Stores WhatsApp's restrictions of an account. */
export async function putRestriction(trx: Trx, accountId: AccountId, is: Restriction): Promise<void> {
  const set = {
    locked: is.lock.active ? (1 as const) : (0 as const),
    locked_until: msOf(is.lock.until),
    lock_type: is.lock.type,
    cap_status: is.cap.status,
    cap_total: is.cap.total,
    cap_used: is.cap.used,
    cap_until: msOf(is.cap.until),
    refused_reason: is.refused?.reason ?? null,
    refused_until: is.refused?.until.getTime() ?? null,
    checked_at: msOf(is.checkedAt),
  }
  await trx
    .insertInto('account_limits')
    .values({ account_id: accountId, ...set })
    .onConflict((c) => c.column('account_id').doUpdateSet(set))
    .execute()
}
