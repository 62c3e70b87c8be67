import type { ChatAddress } from '../../core/chat-address.ts'
import { AppError } from '../../core/errors.ts'
import type { AccountId } from '../../core/ids.ts'
import { jidKind, phoneOf, postsKind } from '../../core/jid.ts'
import type { Trx } from '../../db/tables.ts'
import { atUsername } from '../contacts/customer.ts'
import type { Customer } from '../contacts/customer.ts'
import { findOrCreateChat } from '../contacts/find-or-create-chat.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import type { ChatSeen } from '../contacts/records.ts'

/**
 * Finds or creates the chat of a recipient.
 * @throws AppError conflict for chats that take no messages
 */
export function findOrCreateRecipient(
  trx: Trx,
  jid: string,
  by: { accountId: AccountId; at: Date; rows: PersonRows },
): Promise<ChatSeen> {
  const address = addressOf(jid)
  return findOrCreateChat(trx, { ...by, address, silent: false, typed: true, botEnabled: false })
}

/** Names a recipient in a refusal: by the number, else by the username, else as the caller did. */
export function shownRecipient(jid: string, customer: Pick<Customer, 'username'> | undefined): string {
  return phoneOf(jid) ?? atUsername(customer?.username ?? null) ?? jid
}

function addressOf(jid: string): ChatAddress {
  if (postsKind(jid))
    throw new AppError('conflict', 'Status posts and channels are read-only: nothing can be sent to them.')
  const kind = jidKind(jid)
  return {
    kind: kind === 'group' ? 'group' : 'person',
    phone: phoneOf(jid),
    lid: kind === 'lid' ? jid : null,
    group: kind === 'group' ? jid : null,
  }
}
