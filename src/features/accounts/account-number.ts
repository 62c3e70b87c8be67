import { numberOf } from '../../core/account.ts'
import type { Account } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import { isSameNumber } from '../../core/phone/phone-spellings.ts'
import type { Identification } from '../../core/ports.ts'
import { findAccount, setAccountIdentity, setNumberRules } from './queries/accounts.ts'
import { appendEvent } from '../events/records.ts'
import type { Trx } from '../../db/tables.ts'
import { endForAccount } from './account-reactions.ts'
import type { AccountReaction } from './account-reactions.ts'

interface Identity {
  /** Digits. */
  phone: string
  /** The whole jid. */
  lid: string | null
}

interface IdentifyOptions {
  at: Date
  reactions: readonly AccountReaction[]
}

/**
 * Decides whether a phone may link an account, and records its number. The first linking sets the number; a phone
 * with another one is refused, unless the owner has allowed it. The same LID is the same WhatsApp account with a new
 * number.
 */
export async function identify(
  trx: Trx,
  accountId: AccountId,
  identity: Identity,
  { at, reactions }: IdentifyOptions,
): Promise<Identification> {
  const account = await findAccount(trx, accountId)
  if (!account) return 'accepted'
  if (!isOther(account, identity)) {
    const { phone, lid, refusedPhone } = account
    if (phone !== identity.phone || lid !== identity.lid)
      await setAccountIdentity(trx, accountId, { ...identity, at })
    if (refusedPhone !== null) await setNumberRules(trx, accountId, { refusedPhone: null })
    return 'accepted'
  }
  if (!account.acceptsOtherNumber) {
    await setNumberRules(trx, accountId, { refusedPhone: identity.phone })
    const data = { status: account.status, reason: 'number_mismatch' }
    await appendEvent(trx, { name: 'account.updated', accountId, chatId: null, data }, at)
    return 'refused'
  }
  await changeNumber(trx, account, identity, { at, reactions })
  return 'other_number'
}

function isOther(account: Account, { phone, lid }: Identity): boolean {
  const expected = numberOf(account)
  if (expected === null || isSameNumber(expected, phone)) return false
  return account.lid === null || account.lid !== lid
}

/** Ends the work under way: nothing in the former number's name leaves under the new one. */
async function changeNumber(
  trx: Trx,
  { id, status }: Account,
  identity: Identity,
  { at, reactions }: IdentifyOptions,
): Promise<void> {
  await endForAccount(trx, reactions, id, { reason: 'number_changed', at })
  await setAccountIdentity(trx, id, { ...identity, at })
  const rules = { refusedPhone: null, acceptsOtherNumber: false, expectedPhone: identity.phone }
  await setNumberRules(trx, id, rules)
  const data = { status, reason: 'number_changed' }
  await appendEvent(trx, { name: 'account.updated', accountId: id, chatId: null, data }, at)
}
