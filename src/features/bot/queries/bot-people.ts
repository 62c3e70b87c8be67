import type { AccountId, CustomerId } from '../../../core/ids.ts'
import { botPurposes } from '../../../core/settings.ts'
import type { BotPurpose } from '../../../core/settings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Describes the persona that an account's bot answers as; null values come from the settings. */
export interface ActiveAgent {
  purpose: BotPurpose | null
  guardrails: string | null
  instructions: string | null
}

const assigned = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('agents')
    .select(['purpose', 'guardrails', 'instructions'])
    .where('account_id', '=', p.accountId)
    .where('assigned', '=', 1)
    .where('is_active', '=', 1)
    .orderBy('id')
    .limit(1),
)

/** Finds the persona that an account's bot answers as. */
export async function activeAgent(db: Db, accountId: AccountId): Promise<ActiveAgent | undefined> {
  const [row] = (await assigned(db, { accountId })).rows
  return row && { ...row, purpose: botPurposes.find((purpose) => purpose === row.purpose) ?? null }
}

/** Returns the facts stored about a customer. */
export async function customFields(db: Db, customerId: CustomerId): Promise<Record<string, unknown>> {
  const row = await db
    .selectFrom('customers')
    .select('custom_fields')
    .where('id', '=', customerId)
    .executeTakeFirst()
  return row === undefined ? {} : (JSON.parse(row.custom_fields) as Record<string, unknown>)
}

/** Replaces the facts stored about a customer. */
export async function setCustomFields(
  trx: Trx,
  customerId: CustomerId,
  fields: Record<string, unknown>,
  at: Date,
): Promise<void> {
  const set = { custom_fields: JSON.stringify(fields), updated_at: at.getTime() }
  await trx.updateTable('customers').set(set).where('id', '=', customerId).execute()
}
