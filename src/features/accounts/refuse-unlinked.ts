import { AppError } from '../../core/errors.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import { findAccount } from './queries/accounts.ts'

/**
 * Refuses to send for an account that cannot.
 * @throws AppError not_found; not_connected if it was never linked, was logged out or is restricted
 */
export async function refuseUnlinked(trx: Trx, accountId: AccountId): Promise<void> {
  const account = await findAccount(trx, accountId)
  if (!account) throw new AppError('not_found', 'No such account')
  if (account.status === 'pending') {
    throw new AppError('not_connected', 'This account is not linked to WhatsApp yet: scan the QR code first.')
  }
  if (account.status === 'logged_out') {
    throw new AppError('not_connected', 'This account was logged out of WhatsApp: scan the QR code again.')
  }
  if (account.status === 'restricted') {
    throw new AppError(
      'not_connected',
      'WhatsApp has restricted this account. Open WhatsApp on the phone to see why.',
    )
  }
}
