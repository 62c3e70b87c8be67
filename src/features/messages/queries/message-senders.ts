import type { SelectQueryBuilder } from 'kysely'
import type { Direction } from '../../chats/chat.ts'
import { displayName } from '../../contacts/customer.ts'
import type { Participant } from '../../chats/group.ts'
import { phoneJid, phoneOf } from '../../../core/jid.ts'
import type { Tables } from '../../../db/tables.ts'

/** Names the author of a group message. */
export interface SenderColumns {
  sender_phone: string | null
  sender_push_name: string | null
  customer_name: string | null
  contact_name: string | null
  contact_push_name: string | null
  customer_push_name: string | null
  customer_phone: string | null
}

/**
 * Adds a group message's author to a query over messages and their chats: from the person's own chat
 * and address book, and the name chosen in groups. Free for messages without a participant.
 */
export function withSenders<O>(query: SelectQueryBuilder<Tables, 'messages' | 'chats', O>) {
  return query
    .leftJoin('senders', (join) =>
      join
        .onRef('senders.account_id', '=', 'messages.account_id')
        .onRef('senders.jid', '=', 'messages.participant'),
    )
    .leftJoin('chat_jids as writer_jids', (join) =>
      join
        .onRef('writer_jids.account_id', '=', 'messages.account_id')
        .onRef('writer_jids.jid', '=', 'messages.participant'),
    )
    .leftJoin('chats as writer_chats', 'writer_chats.id', 'writer_jids.chat_id')
    .leftJoin('customers as writers', 'writers.id', 'writer_chats.customer_id')
    .leftJoin('contact_names as contacts', (join) =>
      join
        .onRef('contacts.account_id', '=', 'messages.account_id')
        .onRef('contacts.jid', '=', 'messages.participant'),
    )
    .select([
      'contacts.name as contact_name',
      'contacts.push_name as contact_push_name',
      'senders.phone as sender_phone',
      'senders.push_name as sender_push_name',
      'writers.name as customer_name',
      'writers.push_name as customer_push_name',
      'writers.phone as customer_phone',
    ])
}

/** Returns the author of a group message; null for our own and in one-to-one chats. */
export function senderOf(
  row: SenderColumns & { participant: string | null; direction: Direction },
): Participant | null {
  const { participant } = row
  if (participant === null || row.direction === 'outgoing') return null
  const phone = row.customer_phone ?? row.sender_phone ?? phoneOf(participant)
  const pushName = row.customer_push_name ?? row.sender_push_name ?? row.contact_push_name
  return {
    jid: phone === null ? participant : phoneJid(phone),
    name: displayName({ name: row.customer_name ?? row.contact_name, pushName, phone, lid: participant }),
  }
}
