import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Direction } from '../../core/direction.ts'
import type { MessageStatus, StatusReason } from '../messages/message.ts'

export type { Direction } from '../../core/direction.ts'

/** `status`: where all contacts' status posts stand. `channel`: one of them each. Both are only read: nothing is sent there. */
export type ChatKind = 'person' | 'group' | 'status' | 'channel'

/** What stands in a list beside a chat: its newest message, as text or label. */
export interface LastMessage {
  text: string
  direction: Direction
  sentAt: Date
  status: MessageStatus
  reason: StatusReason | null
}

/** The WhatsApp thread with one person or group, for ever. */
export interface Chat {
  id: ChatId
  accountId: AccountId
  kind: ChatKind
  /** The phone jid where the number is known, else the LID; groups end in `@g.us`, channels in `@newsletter`. */
  jid: string
  phone: string | null
  name: string
  lastMessage: LastMessage | null
  messageCount: number
  unreadCount: number
  botEnabled: boolean
  /** The bot must never answer here, whatever else is set. */
  untouchable: boolean
  /** What the bot was told about this chat by `POST /send`. */
  instruction: string | null
}

/** The changes that an operator can make to a chat. */
export interface ChatPatch {
  botEnabled?: boolean | undefined
  untouchable?: boolean | undefined
}
