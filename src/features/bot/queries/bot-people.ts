import type { AccountId, CustomerId } from '../../../core/ids.ts'
import type { ConversationStatus } from '../../../core/conversation.ts'
import { botPurposes } from '../../../core/settings.ts'
import type { BotPurpose } from '../../../core/settings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Returns the user who owns the gateway; a person who writes on the phone counts as this one. */
export async function ownerId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .orderBy('id')
    .executeTakeFirst()
  return row?.id ?? 1
}

/** Gives an open conversation a status and an operator; false if it has that status already or is resolved. */
export async function passConversation(
  trx: Trx,
  conversation: { id: number; status: ConversationStatus },
  to: { status: 'pending' | 'in_progress'; operatorId: number | null; at: Date },
): Promise<boolean> {
  if (conversation.status === 'resolved') return false
  await trx
    .updateTable('conversations')
    .set({ status: to.status, operator_id: to.operatorId, updated_at: to.at.getTime() })
    .where('id', '=', conversation.id)
    .execute()
  // Database triggers keep the account's counters.
  return conversation.status !== to.status
}

/** Returns a conversation's status. */
export async function conversationStatus(db: Db, id: number): Promise<ConversationStatus | undefined> {
  const row = await db.selectFrom('conversations').select('status').where('id', '=', id).executeTakeFirst()
  return row?.status
}

/** The persona that an account's bot answers as; null values come from the settings. */
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
