import { decodeMessageNode, getBinaryNodeChild } from '@whiskeysockets/baileys'
import type { BinaryNode, WAMessage } from '@whiskeysockets/baileys'
import type { Incoming, IncomingMessage } from '../../features/messages/incoming.ts'
import { postsKind } from '../../core/jid.ts'
import type { UnkeptReason } from '../../features/messages/unkept.ts'
import type { OwnIdentity } from '../content/context.ts'
import {
  addressOf,
  changeFromStanza,
  messageFromStanza,
  plainStanza,
  undecryptableMessage,
} from './from-whatsapp.ts'
import { settleKey } from './message-key.ts'

/** What a message stanza brings that is not encrypted, and so never gets to the journal; undefined for all others. */
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
 * A message without its content. What is to be seen once is shown on phones only, and WhatsApp tells other devices no more than
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
 * Why the library never hands a message stanza on, so that it gets neither to the journal nor into the store; undefined where it
 * does. It answers WhatsApp all the same, and WhatsApp does not bring it again.
 */
export function whyLost(
  node: BinaryNode,
  me: OwnIdentity,
  takes: { statusPosts: boolean; channels: boolean },
): UnkeptReason | undefined {
  const posts = postsKind(node.attrs['from'] ?? '')
  if ((posts === 'status' && !takes.statusPosts) || (posts === 'channel' && !takes.channels)) {
    return 'switched_off'
  }
  const { key } = envelope(node, me)
  if (!key.id) return 'unreadable'
  const enc = getBinaryNodeChild(node, 'enc')
  if (enc) return enc.attrs['type'] === 'msmsg' ? 'assistant' : undefined
  if (node.attrs['category'] === 'peer' || posts === 'channel') return 'housekeeping'
  return addressOf(settleKey(key, me)) ? 'unreadable' : 'no_chat'
}

/** Nobody's message where the attributes make no sense: the library refuses it then. */
function envelope({ attrs }: BinaryNode, me: OwnIdentity): WAMessage {
  try {
    return decodeMessageNode({ tag: 'message', attrs }, me.id, me.lid).fullMessage
  } catch {
    return { key: {} }
  }
}
