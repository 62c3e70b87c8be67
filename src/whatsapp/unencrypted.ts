import { decodeMessageNode, getBinaryNodeChild } from '@whiskeysockets/baileys'
import type { BinaryNode, WAMessage } from '@whiskeysockets/baileys'
import type { Incoming, IncomingMessage } from '../domain/incoming.ts'
import type { OwnIdentity } from './content/context.ts'
import { changeFromStanza, messageFromStanza, plainStanza, undecryptableMessage } from './from-whatsapp.ts'

/** What a message stanza brings that is not encrypted, and so never gets to the journal; undefined for all others. */
export function unencrypted(
  node: BinaryNode,
  me: OwnIdentity,
  { channels, at }: { channels: boolean; at: Date },
): Incoming | undefined {
  if (node.attrs['from']?.endsWith('@newsletter')) {
    const stanza = channels ? plainStanza(node, me) : undefined
    return stanza && (changeFromStanza(stanza, at) ?? messageFromStanza(stanza, at))
  }
  const bare = !getBinaryNodeChild(node, 'enc') && !getBinaryNodeChild(node, 'plaintext')
  return bare && node.attrs['category'] !== 'peer' ? withheld(node, me, at) : undefined
}

/**
 * A message without its content. What is to be seen once is shown on phones only, and WhatsApp tells other devices no more than
 * that it came; other content may still be had from the phone.
 */
function withheld(node: BinaryNode, me: OwnIdentity, at: Date): IncomingMessage | undefined {
  const message = undecryptableMessage(envelope(node, me), at, me)
  const type = getBinaryNodeChild(node, 'unavailable')?.attrs['type']
  if (!message || (type !== 'view_once' && type !== 'view_once_unavailable_fanout')) return message
  return { ...message, kind: 'unsupported', details: { viewOnce: true } }
}

/** Nobody's message where the attributes make no sense: the library refuses it then. */
function envelope({ attrs }: BinaryNode, me: OwnIdentity): WAMessage {
  try {
    return decodeMessageNode({ tag: 'message', attrs }, me.id, me.lid).fullMessage
  } catch {
    return { key: {} }
  }
}
