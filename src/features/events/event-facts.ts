import type { MediaId } from '../../core/ids.ts'
import type { Account } from '../../core/account.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { Customer } from '../contacts/customer.ts'
import type { EventRecord } from '../../core/events.ts'
import type { Sender } from '../chats/group.ts'
import type { Message } from '../messages/message.ts'

/** A person on WhatsApp, as the APIs show people. */
export interface Person extends Sender {
  phone: string | null
}

/** An event with the rows it refers to, as they are now; undefined if deleted or not referred to. */
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
