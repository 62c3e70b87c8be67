import type { AccountId } from '../../../core/ids.ts'
import type { IncomingChange } from '../../../core/messages/incoming.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Trx } from '../../../db/tables.ts'

/** The maximum number of changes kept per chat for messages that have not come. */
const maxPerSender = 200

/** Holds a change that waits for its message. */
export interface EarlyChange {
  id: number
  incoming: IncomingChange
}

/**
 * Keeps a change until its message comes; idempotent. @returns how many older ones of the chat were dropped for it
 */
export async function keepEarlyChange(
  trx: Trx,
  change: { accountId: AccountId; targetWaId: string; sender: string; incoming: IncomingChange; at: Date },
): Promise<number> {
  const { accountId, targetWaId, sender, incoming, at } = change
  const kept = await trx
    .insertInto('early_changes')
    .values({
      account_id: accountId,
      target_wa_id: targetWaId,
      wa_id: incoming.waId,
      sender,
      incoming: JSON.stringify(incoming),
      kept_at: at.getTime(),
    })
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!kept) return 0
  await notePeople(trx, accountId, kept.id, incoming)
  const oldest = await trx
    .selectFrom('early_changes')
    .select('id')
    .where('account_id', '=', accountId)
    .where('sender', '=', sender)
    .orderBy('id', 'desc')
    .offset(maxPerSender)
    .limit(1)
    .executeTakeFirst()
  if (!oldest) return 0
  const { numDeletedRows } = await trx
    .deleteFrom('early_changes')
    .where('account_id', '=', accountId)
    .where('sender', '=', sender)
    .where('id', '<=', oldest.id)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

const waitingFor = compiled((trx: Trx, p: { accountId: AccountId; waId: string }) =>
  trx
    .selectFrom('early_changes')
    .select(['id', 'incoming'])
    .where('account_id', '=', p.accountId)
    .where('target_wa_id', '=', p.waId)
    .orderBy('id'),
)

/** Lists the changes that wait for the message with this id, in order of arrival. */
export async function earlyChangesOf(trx: Trx, accountId: AccountId, waId: string): Promise<EarlyChange[]> {
  return (await waitingFor(trx, { accountId, waId })).rows.map(fromRow)
}

async function notePeople(
  trx: Trx,
  accountId: AccountId,
  changeId: number,
  { by, change }: IncomingChange,
): Promise<void> {
  const author = change.kind === 'timer' ? null : change.target.participant
  const jids = new Set([...by, author].filter((jid) => jid !== null))
  if (jids.size === 0) return
  await trx
    .insertInto('early_change_people')
    .values([...jids].map((jid) => ({ account_id: accountId, jid, change_id: changeId })))
    .execute()
}

/** Lists waiting changes by, or about messages of, these addresses, in order of arrival. */
export async function earlyChangesFrom(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
): Promise<EarlyChange[]> {
  const inGroups = trx
    .selectFrom('early_change_people')
    .select('change_id')
    .where('account_id', '=', accountId)
    .where('jid', 'in', jids)
  const rows = await trx
    .selectFrom('early_changes')
    .select(['id', 'incoming'])
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('sender', 'in', jids), eb('id', 'in', inGroups)]))
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

function fromRow({ id, incoming }: { id: number; incoming: string }): EarlyChange {
  const read = JSON.parse(incoming) as IncomingChange
  return { id, incoming: { ...read, at: new Date(read.at) } }
}

/** Deletes a waiting change. */
export async function dropEarlyChange(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('early_changes').where('id', '=', id).execute()
}

/** Deletes changes that have waited since before a time. @returns the account of each */
export async function pruneEarlyChanges(trx: Trx, before: Date): Promise<AccountId[]> {
  const rows = await trx
    .deleteFrom('early_changes')
    .where('kept_at', '<', before.getTime())
    .returning('account_id')
    .execute()
  return rows.map((row) => row.account_id)
}
