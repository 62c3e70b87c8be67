import type { SelectQueryBuilder } from 'kysely'
import type { Direction } from '../../chats/chat.ts'
import { personFrom } from '../../chats/group-person.ts'
import { personColumns, samePerson } from '../../chats/records.ts'
import type { PersonSources } from '../../chats/group-person.ts'
import type { Participant } from '../../chats/group.ts'
import type { Tables } from '../../../db/tables.ts'

const writer = { account: 'messages.account_id', jid: 'messages.participant' }

/**
 * Adds a group message's author to a query over messages and their chats: from the person's own chat
 * and address book, and the name chosen in groups. Free for messages without a participant.
 */
export function withSenders<O>(query: SelectQueryBuilder<Tables, 'messages' | 'chats', O>) {
  return query
    .leftJoin('senders', samePerson('senders', writer))
    .leftJoin('chat_jids as writer_jids', samePerson('writer_jids', writer))
    .leftJoin('chats as writer_chats', 'writer_chats.id', 'writer_jids.chat_id')
    .leftJoin('customers as writers', 'writers.id', 'writer_chats.customer_id')
    .leftJoin('contact_names as contacts', samePerson('contacts', writer))
    .select(personColumns)
}

/** Returns the author of a group message; null for our own and in one-to-one chats. */
export function senderOf(
  row: PersonSources & { participant: string | null; direction: Direction },
): Participant | null {
  const { participant } = row
  if (participant === null || row.direction === 'outgoing') return null
  const { jid, name, username } = personFrom(participant, row)
  return { jid, name, username }
}
