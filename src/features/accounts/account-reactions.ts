import type { Account } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'

/** Why what is under way in an account's name ends: `cancelled` when the account is removed. */
export interface AccountEnd {
  reason: 'cancelled' | 'number_changed'
  at: Date
}

/**
 * What a later feature does with its rows when an account begins or ends. The daemon lists them, and they run in that order in
 * the transaction of the change.
 */
export interface AccountReaction {
  /** Makes what every account has from the beginning. */
  begin?(trx: Trx, account: Account, at: Date): Promise<void>
  /** Ends what is under way in the name of an account that is removed or gets another number. */
  end?(trx: Trx, accountId: AccountId, why: AccountEnd): Promise<void>
}

/** Ends what is under way in an account's name, in every feature. */
export async function endForAccount(
  trx: Trx,
  reactions: readonly AccountReaction[],
  accountId: AccountId,
  why: AccountEnd,
): Promise<void> {
  for (const reaction of reactions) await reaction.end?.(trx, accountId, why)
}
