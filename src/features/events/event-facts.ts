import type { MediaId } from '../../core/ids.ts'
import type { Account } from '../../core/account.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { Customer } from '../contacts/customer.ts'
import type { EventData, EventName, EventRecord } from '../../core/events.ts'
import type { Sender } from '../chats/group.ts'
import type { Message } from '../messages/message.ts'

/** An event whose payload is known by its name. */
export type TypedEvent = {
  [N in EventName]: Omit<EventRecord, 'name' | 'data'> & { name: N; data: EventData<N> }
}[EventName]

/** Somebody on WhatsApp, as the APIs show people. */
export interface Person extends Sender {
  phone: string | null
}

/** An event with the rows it speaks of, as they are now; undefined where they are gone or it speaks of none. */
export interface EventFacts {
  event: TypedEvent
  account: Account | undefined
  message: Message | undefined
  conversation: Conversation | undefined
  customer: Customer | undefined
  /** Who wrote the message that came in, or who reacted to a message, voted or answered; undefined for the account itself. */
  person?: Person | undefined
  /** Makes the address of a message's file, for whoever is told; left out: its path. */
  urlOf?: ((mediaId: MediaId) => string) | undefined
}
