import type { proto } from '@whiskeysockets/baileys'
import type { MessageContext } from '../../core/message-body.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import type { SentContent } from '../../core/messages/outgoing.ts'
import { known } from '../content/checked.ts'
import { kinds } from '../content/kinds/kinds.ts'
import type { Context, StanzaAttributes } from '../content/kinds/module.ts'

/**
 * Builds the protobuf of a stored outgoing message. Every try rebuilds it from the row: the same row gives the same content.
 * @throws for a kind that this account does not send, and where the row lacks what such a message consists of
 */
export function toProto(message: SentContent): proto.IMessage {
  const { kind } = message
  // The module that belongs to the kind of the message takes messages of that kind.
  const write = kinds[kind].write as ((sent: SentContent, context: Context) => proto.IMessage) | null
  if (write === null) throw new Error(`cannot send a message of kind ${kind}`)
  return write(message, writeContext(message.details ?? {}))
}

/** Returns the stanza's attributes: WhatsApp's server handles edits, deletions and polls by them. */
export function stanzaOf({
  waId: messageId,
  kind,
}: {
  waId: string
  kind: MessageKind
}): StanzaAttributes & { messageId: string } {
  return { messageId, ...kinds[kind].stanza }
}

function writeContext(details: MessageContext): Context {
  const { quote, mentions, forwarded, disappearsAfter } = details
  const contextInfo = known<proto.IContextInfo>({
    ...(quote && {
      stanzaId: quote.waId,
      participant: quote.participant,
      quotedMessage: kinds[quote.kind].quote(quote.text),
    }),
    mentionedJid: mentions,
    isForwarded: forwarded === undefined ? undefined : true,
    forwardingScore: forwarded,
    expiration: disappearsAfter,
  })
  return Object.keys(contextInfo).length === 0 ? {} : { contextInfo }
}
