import type { AccountStatus } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { ConnectionState } from './connection.ts'
import { findAccount, setAccountStatus } from './queries/accounts.ts'
import { appendEvent } from '../events/records.ts'
import type { Trx } from '../../db/tables.ts'

/** Returns the account's status for a connection state; undefined if the state does not change it. */
export function statusOf(state: ConnectionState): AccountStatus | undefined {
  if (state.kind === 'open') return 'connected'
  if (state.kind === 'pairing') return 'pending'
  if (state.kind !== 'waiting' && state.kind !== 'closed') return undefined
  // A new code follows after a pause, so this is seen while waiting.
  if (state.reason === 'logged_out') return 'logged_out'
  if (state.kind === 'waiting') return 'disconnected'
  return state.reason === 'banned' || state.reason === 'locked' ? 'restricted' : 'disconnected'
}

/** Records and reports a changed status; does nothing if it is the same. */
export async function changeAccountStatus(
  trx: Trx,
  accountId: AccountId,
  to: { status: AccountStatus; reason: string | null },
  at: Date,
): Promise<void> {
  const { status } = to
  const account = await findAccount(trx, accountId)
  if (!account || account.status === status) return
  // A pending account has nothing to lose: pauses and new codes are no change.
  if (account.status === 'pending' && (status === 'disconnected' || status === 'logged_out')) return
  if (account.status === 'logged_out' && (status === 'disconnected' || status === 'pending')) return
  await setAccountStatus(trx, accountId, status)
  await appendEvent(trx, { name: 'account.updated', accountId, chatId: null, data: to }, at)
}
