import type { proto } from '@whiskeysockets/baileys'
import type { MessageRef } from '../../core/content.ts'
import { jidOf, label } from './checked.ts'
import { isMe } from './context.ts'
import type { Perspective } from './context.ts'

/**
 * Returns the message that a key names, from the account's point of view. Keys are written from their sender's: in
 * one-to-one chats "mine" and "theirs" swap, in groups the author is named.
 */
export function referenceOf(
  key: proto.IMessageKey | null | undefined,
  seen: Perspective,
): MessageRef | undefined {
  const waId = label(key?.id, 100)
  if (!key || waId === '') return undefined
  const group = seen.key.remoteJid?.endsWith('@g.us') === true
  const named = jidOf(key.participant)
  if (seen.key.fromMe === true)
    return { waId, fromMe: key.fromMe === true, participant: group ? named : null }
  if (!group) return { waId, fromMe: key.fromMe !== true, participant: null }
  if (key.fromMe === true) return { waId, fromMe: false, participant: jidOf(seen.key.participant) }
  const fromMe = isMe(named, seen)
  return { waId, fromMe, participant: fromMe ? null : named }
}
