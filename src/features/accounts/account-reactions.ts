import type { Account } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'

/** Says why an account's work under way ends: `cancelled` when the account is removed. */
export interface AccountEnd {
  reason: 'cancelled' | 'number_changed'
  at: Date
}

/**
 * Lets a later feature change its rows when an account begins or ends. The daemon lists the reactions, and they run in that
 * order in the transaction of the change.
 */
export interface AccountReaction {
  /** Makes the rows that every account has from the beginning. */
  begin?(trx: Trx, account: Account, at: Date): Promise<void>
  /** Ends the work under way of an account that is removed or gets another number. */
  end?(trx: Trx, accountId: AccountId, why: AccountEnd): Promise<void>
}

/** Ends an account's work under way, in every feature. */
export async function endForAccount(
  trx: Trx,
  reactions: readonly AccountReaction[],
  accountId: AccountId,
  why: AccountEnd,
): Promise<void> {
  for (const reaction of reactions) await reaction.end?.(trx, accountId, why)
}
