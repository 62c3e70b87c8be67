import type { AccountId, ConversationId, MessageId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import type { ChatSeen } from '../contacts/records.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'

/** Holds an incoming message in its chat, with our rows of the messages it quotes and belongs to. */
export interface PlacedMessage {
  accountId: AccountId
  chat: ChatSeen
  message: IncomingMessage
  /** The row of the same message, if another delivery stored it and both tell who wrote it. */
  storedAs: MessageId | undefined
  /** Time at which its batch is taken in. */
  at: Date
}

/** Holds an incoming message that is stored. */
export interface Arrival extends PlacedMessage {
  id: MessageId
  /** The conversation in which it is stored; null if it is in none yet. */
  conversationId: ConversationId | null
  /** True if it came now; false if it completes a message that could not be decrypted before. */
  isNew: boolean
  /** True if its arrival is an event: history and undecryptable messages are stored in silence. */
  isReported: boolean
  /** True if changes of it may have come before it. */
  isAwaited: boolean
}

/**
 * Lets a later feature react to a message, in the transaction that stores it, after its events. A reaction that changes the
 * chat's row notes that in `arrival.chat`. The daemon lists all reactions in their order.
 */
export type Reaction = (trx: Trx, arrival: Arrival) => Promise<void>
