import type { AccountId } from '../../core/ids.ts'
import { isAction } from '../../core/message-kind.ts'
import { appendEvent } from '../events/queries/events.ts'
import { advanceStatus } from './queries/message-statuses.ts'
import type { StatusChange } from './queries/message-statuses.ts'
import { removeFromOutbox } from '../sending/queries/outbox.ts'
import type { Trx } from '../../db/tables.ts'
import { makeOwnChange } from './changes.ts'

/**
 * Brings an outgoing message forward and writes the events of that; nothing happens where it is already that far. A message
 * that has a status beyond `queued` no longer waits in the outbox: a receipt proves an arrival whose ack was lost.
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
  // Acknowledged after it had expired: it left the outbox then, and went out all the same.
  const isOut = (left && wentOut) || change.status === 'sent'
  const { kind, details } = changed
  if (isAction(kind)) {
    const action = details?.action
    if (isOut && action) await makeOwnChange(trx, { accountId, chatId, waId, action, kind, now: change.at })
    // How far it got is nobody's news, unless it got nowhere.
    if (wentOut) return
  } else if (isOut) {
    const data = { messageId, chatId }
    await appendEvent(trx, { name: 'message.sent', accountId, chatId, data }, changed.at)
  }
  const data = { messageId, chatId, status: change.status, reason: change.reason }
  await appendEvent(trx, { name: 'message.status', accountId, chatId, data }, changed.at)
}
