import type { AccountStatus } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { ConnectionState } from './connection.ts'
import { findAccount, setAccountStatus } from './queries/accounts.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Trx } from '../../db/tables.ts'

/** The account's status while its connection stands so; undefined where the status says nothing new. */
export function statusOf(state: ConnectionState): AccountStatus | undefined {
  if (state.kind === 'open') return 'connected'
  if (state.kind === 'pairing') return 'pending'
  if (state.kind !== 'waiting' && state.kind !== 'closed') return undefined
  // A new code follows after a pause, so this is met while waiting.
  if (state.reason === 'logged_out') return 'logged_out'
  if (state.kind === 'waiting') return 'disconnected'
  return state.reason === 'banned' || state.reason === 'locked' ? 'restricted' : 'disconnected'
}

/** Notes and reports what became of an account; nothing where that is no news. */
export async function changeAccountStatus(
  trx: Trx,
  accountId: AccountId,
  to: { status: AccountStatus; reason: string | null },
  at: Date,
): Promise<void> {
  const { status } = to
  const account = await findAccount(trx, accountId)
  if (!account || account.status === status) return
  // While nothing is linked there is nothing to lose: pauses and new codes are no change.
  if (account.status === 'pending' && (status === 'disconnected' || status === 'logged_out')) return
  if (account.status === 'logged_out' && (status === 'disconnected' || status === 'pending')) return
  await setAccountStatus(trx, accountId, status)
  await appendEvent(trx, { name: 'account.updated', accountId, chatId: null, data: to }, at)
}
