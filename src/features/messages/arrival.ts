import type { AccountId, ConversationId, MessageId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import type { ChatSeen } from '../contacts/records.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'

/** A message that came, in its chat; it knows our rows of the messages it quotes and belongs to. */
export interface PlacedMessage {
  accountId: AccountId
  chat: ChatSeen
  message: IncomingMessage
  /** When its batch is taken in. */
  at: Date
}

/** A message that came and is stored. */
export interface Arrival extends PlacedMessage {
  id: MessageId
  /** The conversation in which it is stored; null if it is in none yet. */
  conversationId: ConversationId | null
  /** Whether it came now; false if it completes a message that could not be decrypted before. */
  isNew: boolean
  /** Whether its arrival is an event: history and undecryptable messages are stored in silence. */
  isReported: boolean
  /** Whether changes of it may have come before it. */
  isAwaited: boolean
}

/**
 * What a later feature does because a message arrived, in the transaction that stores it, after its events. A
 * reaction that changes the chat's row notes that in `arrival.chat`. The daemon lists all reactions in their order.
 */
export type Reaction = (trx: Trx, arrival: Arrival) => Promise<void>
