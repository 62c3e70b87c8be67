import type { AccountId, ChatId } from '../../core/ids.ts'
import type { ChatKind } from '../../core/chat-address.ts'
import type { Direction } from '../../core/direction.ts'
import type { MessageStatus, StatusReason } from '../../core/messages/status.ts'

export type { ChatKind } from '../../core/chat-address.ts'
export type { Direction } from '../../core/direction.ts'

/** Holds a chat's newest message as a list shows it: text or label. */
export interface LastMessage {
  text: string
  direction: Direction
  sentAt: Date
  status: MessageStatus
  reason: StatusReason | null
}

/** Describes the WhatsApp thread with one person or group, for ever. */
export interface Chat {
  id: ChatId
  accountId: AccountId
  kind: ChatKind
  /** The phone jid if the number is known, else the LID; groups end in `@g.us`, channels in `@newsletter`. */
  jid: string
  phone: string | null
  name: string
  /** The customer's username, without the @; null if unknown. */
  username: string | null
  lastMessage: LastMessage | null
  messageCount: number
  unreadCount: number
  botEnabled: boolean
  /** The bot must never answer here, whatever the other settings say. */
  untouchable: boolean
  /** The bot's instruction for this chat from `POST /send`. */
  instruction: string | null
}

/** Lists the changes that an operator can make to a chat. */
export interface ChatPatch {
  botEnabled?: boolean | undefined
  untouchable?: boolean | undefined
}
