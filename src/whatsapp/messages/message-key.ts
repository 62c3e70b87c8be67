import type { WAMessageKey } from '@whiskeysockets/baileys'
import { bareJid, postsKind } from '../../core/jid.ts'
import type { OwnIdentity } from '../content/context.ts'

const listJid = /^\d+@broadcast$/

/**
 * Tells whether a jid is a broadcast list: a writer's own list of people, who all get the message in the chat
 * with the writer.
 */
export function isBroadcastList(jid: string | null | undefined): boolean {
  return listJid.test(jid ?? '')
}

/** Tells whether a jid is an assistant of WhatsApp: the owner's messages to one name it only as recipient. */
export function isAssistant(jid: string | null | undefined): boolean {
  return jid?.endsWith('@bot') === true
}

/**
 * Returns the key with its message's chat, and whether the account wrote it. The library takes a broadcast list for
 * the chat, and recognises the account's own posts only by its number.
 */
export function settleKey(key: WAMessageKey, me: OwnIdentity | undefined): WAMessageKey {
  const { participant, remoteJid } = key
  const isList = isBroadcastList(remoteJid)
  if (!participant || (!isList && postsKind(remoteJid ?? '') !== 'status')) return key
  const own = [me?.id, me?.lid]
    .filter((jid) => jid !== undefined && jid !== '')
    .map((jid) => bareJid(jid ?? ''))
  if (own.includes(bareJid(participant))) return { ...key, fromMe: true }
  // Messages that the owner wrote on the phone name only the owner as participant.
  if (!isList || key.fromMe === true) return key
  const { participant: _writer, participantAlt, remoteJidAlt, ...rest } = key
  const alt = participantAlt ?? remoteJidAlt
  return { ...rest, remoteJid: participant, ...(alt ? { remoteJidAlt: alt } : {}) }
}
