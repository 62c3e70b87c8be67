import { phoneOf } from '../../../core/jid.ts'
import type { Message } from '../../../features/messages/message.ts'
import { plusDigits } from '../../shared/ids.ts'
import { usernameField } from '../../shared/username.ts'

/** The usernames of who wrote a message and who gets it. */
export const usernameFields = { from_username: usernameField, to_username: usernameField }

/** Shows an address: the number if it is one, else the jid. */
export function presentAddress(jid: string): string {
  return plusDigits(phoneOf(jid)) ?? jid
}

/** Shows who wrote a message and who gets it; `ours` is the account. */
export function presentAddresses<T extends string | null>(
  { chatJid, chatUsername, direction }: Pick<Message, 'chatJid' | 'chatUsername' | 'direction'>,
  ours: T,
): { from: string | T; to: string | T; from_username?: string; to_username?: string } {
  const theirs = presentAddress(chatJid)
  if (direction === 'incoming') {
    return { from: theirs, ...(chatUsername === null ? {} : { from_username: chatUsername }), to: ours }
  }
  return { from: ours, to: theirs, ...(chatUsername === null ? {} : { to_username: chatUsername }) }
}
