import type { AccountId } from '../../core/ids.ts'
import { cautionMs, coldHold } from './rules/restriction.ts'
import type { Restriction, RestrictionReason } from './rules/restriction.ts'
import type { RestrictionReport } from '../../core/restriction.ts'
import { findAccount } from '../accounts/records.ts'
import { appendEvent } from '../events/records.ts'
import { findRestriction, putRestriction } from './queries/restrictions.ts'
import type { Trx } from '../../db/tables.ts'

/** Stores a report of WhatsApp; true if it changes which messages may go. */
export async function recordRestriction(
  trx: Trx,
  accountId: AccountId,
  report: RestrictionReport,
  at: Date,
): Promise<boolean> {
  const before = await findRestriction(trx, accountId)
  // WhatsApp's own statement replaces our guess.
  const explained =
    (before.refused?.reason === 'reachout_locked' && report.lock?.active === true) ||
    (before.refused?.reason === 'new_chat_cap' && report.cap !== undefined && report.cap.status !== 'none')
  const after = {
    lock: report.lock ?? before.lock,
    cap: report.cap ?? before.cap,
    refused: explained ? null : before.refused,
    checkedAt: at,
  }
  return change(trx, accountId, { before, after }, at)
}

/** Stores that WhatsApp refused a message because of the account; true if that changes which messages may go. */
export async function recordRefusal(
  trx: Trx,
  accountId: AccountId,
  reason: RestrictionReason,
  at: Date,
): Promise<boolean> {
  const before = await findRestriction(trx, accountId)
  if (coldHold(before, at)?.reason === reason) return false
  const refused = { reason, until: new Date(at.getTime() + cautionMs) }
  return change(trx, accountId, { before, after: { ...before, refused } }, at)
}

async function change(
  trx: Trx,
  accountId: AccountId,
  { before, after }: { before: Restriction; after: Restriction },
  at: Date,
): Promise<boolean> {
  await putRestriction(trx, accountId, after)
  const [was, is] = [coldHold(before, at), coldHold(after, at)]
  if (was?.reason === is?.reason && was?.until?.getTime() === is?.until?.getTime()) return false
  const account = await findAccount(trx, accountId)
  if (!account) return false
  const data = {
    status: account.status,
    reason: is?.reason ?? null,
    until: is?.until?.toISOString() ?? null,
  }
  await appendEvent(trx, { name: 'account.updated', accountId, chatId: null, data }, at)
  return true
}
