import { proto } from '@whiskeysockets/baileys'
import type { SentContent } from '../domain/outgoing.ts'

/** The protobuf of a stored outgoing message. Made anew from the row for every try: the same row gives the same content. */
export function toProto(message: SentContent): proto.IMessage {
  if (message.kind !== 'text') throw new Error(`cannot send a message of kind ${message.kind}`)
  // Plain texts of phones go out as extended text, which can later carry a quote or a preview.
  return { extendedTextMessage: { text: message.text } }
}
