import type { MediaId } from '../../core/ids.ts'
import type { Account } from '../../core/account.ts'
import type { Conversation } from '../../core/conversation.ts'
import { unnamedCustomer } from '../contacts/customer.ts'
import type { Customer } from '../contacts/customer.ts'
import type { EventRecord } from '../../core/events.ts'
import type { Message } from '../messages/message.ts'
import type { Person } from '../chats/group.ts'
import { jidKind } from '../../core/jid.ts'
import { findAccount } from '../accounts/records.ts'
import { findConversation, getPerson, nameMentions } from '../chats/records.ts'
import { findCustomer } from '../contacts/records.ts'
import { findMessage } from '../messages/records.ts'
import type { Db } from '../../db/tables.ts'

/** Holds an event with the rows it refers to, as they are now; undefined if deleted or not referred to. */
export interface EventFacts {
  event: EventRecord
  account: Account | undefined
  message: Message | undefined
  conversation: Conversation | undefined
  customer: Customer | undefined
  /** The author of the incoming message, reaction, vote or answer; undefined for the account itself. */
  person?: Person | undefined
  /** Returns the address of a message's file for the receiver; by default its path. */
  urlOf?: ((mediaId: MediaId) => string) | undefined
}

/** Loads the rows that an event refers to. */
export async function loadEventFacts(db: Db, stored: EventRecord): Promise<EventFacts> {
  const { accountId, data } = stored
  const message = 'messageId' in data ? await findMessage(db, accountId, data.messageId) : undefined
  const isGroup = message !== undefined && jidKind(message.chatJid) === 'group'
  const event = isGroup ? await withNames(db, stored) : stored
  return {
    event,
    account: await findAccount(db, accountId),
    message,
    person: message && (await findPerson(db, event, message)),
    conversation:
      'conversationId' in data ? await findConversation(db, accountId, data.conversationId) : undefined,
    customer: 'customerId' in data ? await findCustomer(db, accountId, data.customerId) : undefined,
  }
}

/** Names the people whom the words of an edit mention. */
async function withNames(db: Db, event: EventRecord): Promise<EventRecord> {
  if (event.name !== 'message.edited') return event
  const { text, previousText } = event.data
  const said = previousText === null ? [text] : [text, previousText]
  const [now = text, before = null] = await nameMentions(db, event, said)
  return { ...event, data: { ...event.data, text: now, previousText: before } }
}

/** Finds the author: of the reaction, vote or answer, else of the message. */
async function findPerson(
  db: Db,
  { accountId, data }: EventRecord,
  message: Message,
): Promise<Person | undefined> {
  const isAct = 'fromMe' in data
  if (isAct ? data.fromMe : message.direction === 'outgoing') return undefined
  const jid = isAct ? data.by : message.participant
  const isMember = jid != null && jid !== message.chatJid
  return getPerson(db, accountId, isMember ? { jid } : { jid: message.chatJid, unnamed: unnamedCustomer.en })
}
