import type { ChatAddress } from '../messages/incoming.ts'

/** What another device of the account did with a chat's messages. */
export interface ReadElsewhere {
  chat: ChatAddress
  /** Everything up to the newest of these was read; `all` of the chat; `none` where the owner marked it as unread. */
  read: readonly string[] | 'all' | 'none'
}

/** A message to be shown as read. */
export interface ReadMark {
  waId: string
  /** In groups: who wrote it. */
  participant: string | null
}

/** Somebody began or stopped to write in a chat. */
export interface TypingSeen {
  chat: ChatAddress
  on: boolean
}
