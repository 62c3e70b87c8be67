import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { MessageBody } from '../../../core/message-body.ts'
import { advances } from '../message.ts'
import type { MessageStatus, StatusReason } from '../../../core/messages/status.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { readBody } from '../message-details.ts'
import type { MessagesTable, Trx } from '../../../db/tables.ts'

/** Holds a new status with its reason. */
export interface StatusChange {
  status: MessageStatus
  reason: StatusReason | null
  detail: string | null
  at: Date
}

/** Holds the message whose status advanced. */
export type StatusChanged = MessageBody & {
  id: number
  chatId: ChatId
  /** Time of the change, never before the message's previous status. */
  at: Date
}

const outgoingByWaId = compiled((trx: Trx, p: { accountId: AccountId; waId: string }) =>
  trx
    .selectFrom('messages')
    .select(['id', 'chat_id', 'kind', 'details', 'status', 'acked_at', 'delivered_at'])
    .where('account_id', '=', p.accountId)
    .where('wa_id', '=', p.waId)
    .where('direction', '=', 'outgoing'),
)

type Stamped = Pick<
  Selectable<MessagesTable>,
  'id' | 'status' | 'reason' | 'reason_detail' | 'acked_at' | 'delivered_at' | 'read_at'
>

const stamp = compiled((trx: Trx, p: Stamped) =>
  trx
    .updateTable('messages')
    .set({
      status: p.status,
      reason: p.reason,
      reason_detail: p.reason_detail,
      acked_at: p.acked_at,
      delivered_at: p.delivered_at,
      read_at: p.read_at,
    })
    .where('id', '=', p.id),
)

/** Advances an outgoing message's status by its WhatsApp id; undefined if unknown or already further. */
export async function advanceStatus(
  trx: Trx,
  accountId: AccountId,
  waId: string,
  change: StatusChange,
): Promise<StatusChanged | undefined> {
  const [row] = (await outgoingByWaId(trx, { accountId, waId })).rows
  if (!row || !advances(row.status, change.status)) return undefined
  // Receipts are stamped in whole seconds and may seem to precede the ack.
  const at = Math.max(change.at.getTime(), row.acked_at ?? 0, row.delivered_at ?? 0)
  const read = change.status === 'read'
  const delivered = read || change.status === 'delivered'
  const acked = delivered || change.status === 'sent'
  await stamp(trx, {
    id: row.id,
    status: change.status,
    reason: change.reason,
    reason_detail: change.detail,
    // A receipt may be the first sign of a message: the statuses before it have happened too.
    acked_at: row.acked_at ?? (acked ? at : null),
    delivered_at: row.delivered_at ?? (delivered ? at : null),
    read_at: read ? at : null,
  })
  return { id: row.id, chatId: row.chat_id, ...readBody(row), at: new Date(at) }
}
