import { decodeMessageNode, getBinaryNodeChild } from '@whiskeysockets/baileys'
import type { BinaryNode, WAMessage } from '@whiskeysockets/baileys'
import type { Incoming, IncomingMessage } from '../../core/messages/incoming.ts'
import { postsKind } from '../../core/jid.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'
import type { OwnIdentity } from '../content/context.ts'
import {
  addressOf,
  changeFromStanza,
  messageFromStanza,
  plainStanza,
  undecryptableMessage,
} from './from-whatsapp.ts'
import { settleKey } from './message-key.ts'

/** Reads an unencrypted message stanza, which never enters the journal; undefined for all others. */
export function unencrypted(
  node: BinaryNode,
  me: OwnIdentity,
  { channels, at, now = at }: { channels: boolean; at: Date; now?: Date | undefined },
): Incoming | undefined {
  if (node.attrs['from']?.endsWith('@newsletter')) {
    const stanza = channels ? plainStanza(node, me) : undefined
    return stanza && (changeFromStanza(stanza, at, now) ?? messageFromStanza(stanza, at, now))
  }
  const bare = !getBinaryNodeChild(node, 'enc') && !getBinaryNodeChild(node, 'plaintext')
  return bare && node.attrs['category'] !== 'peer' ? withheld(node, me, { at, now }) : undefined
}

/**
 * Reads a message without its content. View-once content exists on phones only, and WhatsApp tells other devices only
 * that it came; other content may still be had from the phone.
 */
function withheld(
  node: BinaryNode,
  me: OwnIdentity,
  { at, now }: { at: Date; now: Date },
): IncomingMessage | undefined {
  const message = undecryptableMessage(envelope(node, me), at, { me, now })
  const type = getBinaryNodeChild(node, 'unavailable')?.attrs['type']
  if (!message || (type !== 'view_once' && type !== 'view_once_unavailable_fanout')) return message
  return { ...message, kind: 'unsupported', details: { viewOnce: true } }
}

/**
 * Says why the library never passes a message stanza on, so that it reaches neither journal nor store; undefined if
 * it does. The library acknowledges it all the same, and WhatsApp does not deliver it again.
 */
export function whyLost(
  node: BinaryNode,
  me: OwnIdentity,
  keptPosts: { statusPosts: boolean; channels: boolean },
): UnkeptReason | undefined {
  const posts = postsKind(node.attrs['from'] ?? '')
  if ((posts === 'status' && !keptPosts.statusPosts) || (posts === 'channel' && !keptPosts.channels)) {
    return 'switched_off'
  }
  const { key } = envelope(node, me)
  if (!key.id) return 'unreadable'
  const enc = getBinaryNodeChild(node, 'enc')
  if (enc) return enc.attrs['type'] === 'msmsg' ? 'assistant' : undefined
  if (node.attrs['category'] === 'peer' || posts === 'channel') return 'housekeeping'
  return addressOf(settleKey(key, me)) ? 'unreadable' : 'no_chat'
}

/** Builds the key; a message without a chat if the attributes are invalid: the library then refuses it. */
function envelope({ attrs }: BinaryNode, me: OwnIdentity): WAMessage {
  try {
    return decodeMessageNode({ tag: 'message', attrs }, me.id, me.lid).fullMessage
  } catch {
    return { key: {} }
  }
}
