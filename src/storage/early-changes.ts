import type { AccountId } from '../domain/account.ts'
import type { IncomingChange } from '../domain/incoming.ts'
import { compiled } from './compiled.ts'
import type { Trx } from './tables.ts'

/** How many changes of messages that never came are kept for one chat. */
const mostPerSender = 200

export interface EarlyChange {
  id: number
  incoming: IncomingChange
}

/** Keeps a change until its message comes; nothing happens where it is kept already. */
export async function keepEarlyChange(
  trx: Trx,
  change: { accountId: AccountId; targetWaId: string; sender: string; incoming: IncomingChange; at: Date },
): Promise<void> {
  const { accountId, targetWaId, sender, incoming, at } = change
  const { numInsertedOrUpdatedRows } = await trx
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
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n) return
  const oldest = await trx
    .selectFrom('early_changes')
    .select('id')
    .where('account_id', '=', accountId)
    .where('sender', '=', sender)
    .orderBy('id', 'desc')
    .offset(mostPerSender)
    .limit(1)
    .executeTakeFirst()
  if (!oldest) return
  await trx
    .deleteFrom('early_changes')
    .where('account_id', '=', accountId)
    .where('sender', '=', sender)
    .where('id', '<=', oldest.id)
    .execute()
}

const waitingFor = compiled((trx: Trx, p: { accountId: AccountId; waId: string }) =>
  trx
    .selectFrom('early_changes')
    .select(['id', 'incoming'])
    .where('account_id', '=', p.accountId)
    .where('target_wa_id', '=', p.waId)
    .orderBy('id'),
)

/** What came before the message with this id, in the order in which it came. */
export async function earlyChangesOf(trx: Trx, accountId: AccountId, waId: string): Promise<EarlyChange[]> {
  return (await waitingFor(trx, { accountId, waId })).rows.map(fromRow)
}

/** What waits of those who came from chats under these jids, in the order in which it came. */
export async function earlyChangesFrom(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
): Promise<EarlyChange[]> {
  const rows = await trx
    .selectFrom('early_changes')
    .select(['id', 'incoming'])
    .where('account_id', '=', accountId)
    .where('sender', 'in', jids)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

function fromRow({ id, incoming }: { id: number; incoming: string }): EarlyChange {
  const read = JSON.parse(incoming) as IncomingChange
  return { id, incoming: { ...read, at: new Date(read.at) } }
}

export async function dropEarlyChange(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('early_changes').where('id', '=', id).execute()
}

/** Forgets what has waited in vain since before that. */
export async function pruneEarlyChanges(trx: Trx, before: Date): Promise<void> {
  await trx.deleteFrom('early_changes').where('kept_at', '<', before.getTime()).execute()
}
