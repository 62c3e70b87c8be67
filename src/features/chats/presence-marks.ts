import type { ChatAddress } from '../../core/chat-address.ts'

/** Reading on another device of the account. */
export interface ReadElsewhere {
  chat: ChatAddress
  /** Everything up to the newest of these was read; `all` of the chat; `none` if the owner marked it as unread. */
  read: readonly string[] | 'all' | 'none'
}

/** Names a message to show as read. */
export interface MessageToRead {
  waId: string
  /** In groups: the author. */
  participant: string | null
}

/** Reports that a person started or stopped typing in a chat. */
export interface TypingSeen {
  chat: ChatAddress
  on: boolean
}
