import type { AccountId } from '../../core/ids.ts'
import { isOfKind } from '../../core/message-body.ts'
import { actionKinds } from '../../core/message-kind.ts'
import { appendEvent } from '../events/records.ts'
import { advanceStatus } from './queries/message-statuses.ts'
import type { StatusChange } from './queries/message-statuses.ts'
import { removeFromOutbox } from './queries/waiting-messages.ts'
import type { Trx } from '../../db/tables.ts'
import { makeOwnChange } from './changes/changes.ts'

/**
 * Advances an outgoing message and writes its events; does nothing if it is already that far. A message beyond
 * `queued` leaves the outbox: a receipt proves an arrival whose ack was lost.
 */
export async function changeStatus(
  trx: Trx,
  accountId: AccountId,
  waId: string,
  change: StatusChange,
): Promise<void> {
  const changed = await advanceStatus(trx, accountId, waId, change)
  if (!changed) return
  const { id: messageId, chatId } = changed
  const left = await removeFromOutbox(trx, messageId)
  const wentOut = change.status !== 'failed' && change.status !== 'expired' && change.status !== 'cancelled'
  // Acknowledged after it had expired: it left the outbox then, but was sent all the same.
  const isOut = (left && wentOut) || change.status === 'sent'
  if (isOfKind(changed, actionKinds)) {
    const action = changed.details?.action
    if (isOut && action)
      await makeOwnChange(trx, { accountId, chatId, waId, action, kind: changed.kind, now: change.at })
    // Progress of an action is not reported, only its failure.
    if (wentOut) return
  } else if (isOut) {
    const data = { messageId, chatId }
    await appendEvent(trx, { name: 'message.sent', accountId, chatId, data }, changed.at)
  }
  const data = { messageId, chatId, status: change.status, reason: change.reason }
  await appendEvent(trx, { name: 'message.status', accountId, chatId, data }, changed.at)
}
