import type { AccountId, CustomerId } from '../../../core/ids.ts'
import type { ConversationStatus } from '../../../core/conversation.ts'
import { botPurposes } from '../../../core/settings.ts'
import type { BotPurpose } from '../../../core/settings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** The user who owns the gateway: who writes on the phone counts as this one. */
export async function ownerId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .orderBy('id')
    .executeTakeFirst()
  return row?.id ?? 1
}

/** Gives an open conversation a status and a person; false where it has that status already or is resolved. */
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
  // The counters of the account follow by themselves: the database keeps them.
  return conversation.status !== to.status
}

export async function conversationStatus(db: Db, id: number): Promise<ConversationStatus | undefined> {
  const row = await db.selectFrom('conversations').select('status').where('id', '=', id).executeTakeFirst()
  return row?.status
}

/** The persona as which an account's bot answers; what is null comes from the settings. */
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

export async function activeAgent(db: Db, accountId: AccountId): Promise<ActiveAgent | undefined> {
  const [row] = (await assigned(db, { accountId })).rows
  return row && { ...row, purpose: botPurposes.find((purpose) => purpose === row.purpose) ?? null }
}

/** The facts that are kept of a customer. */
export async function customFields(db: Db, customerId: CustomerId): Promise<Record<string, unknown>> {
  const row = await db
    .selectFrom('customers')
    .select('custom_fields')
    .where('id', '=', customerId)
    .executeTakeFirst()
  return row === undefined ? {} : (JSON.parse(row.custom_fields) as Record<string, unknown>)
}

export async function setCustomFields(
  trx: Trx,
  customerId: CustomerId,
  fields: Record<string, unknown>,
  at: Date,
): Promise<void> {
  const set = { custom_fields: JSON.stringify(fields), updated_at: at.getTime() }
  await trx.updateTable('customers').set(set).where('id', '=', customerId).execute()
}
