import { proto } from '@whiskeysockets/baileys'
import type { BinaryNode } from '@whiskeysockets/baileys'
import type { ContactCard, MessageAction, MessageDetails, Quote } from '../../core/content.ts'
import { isMediaKind } from '../../features/media/media.ts'
import type { MessageKind } from '../../features/messages/message.ts'
import type { SentContent } from '../../features/messages/outgoing.ts'
import { known } from '../content/checked.ts'
import { writeCard } from '../content/vcard.ts'
import { mediaToProto } from '../media/media-proto.ts'

const { Type } = proto.Message.ProtocolMessage

type Writer = (message: SentContent, details: MessageDetails) => proto.IMessage

/** The writer of each kind that this account can send. */
const writers: Partial<Record<MessageKind, Writer>> = {
  // Phones send plain texts as extended text, which has fields for a quote and a preview.
  text: ({ text }, details) => ({
    extendedTextMessage: { text, ...writePreview(details), ...writeContext(details) },
  }),
  location: (_message, details) => ({
    locationMessage: { ...writePlace(details), ...writeContext(details) },
  }),
  contact: ({ text }, details) => writeContacts(text, details),
  poll: (_message, details) => writePoll(details),
  reaction: (_message, details) => {
    const action = actionOf(details)
    const { text, at } = action
    return { reactionMessage: { key: keyOf(action), text, senderTimestampMs: at } }
  },
  edit: (_message, details) => {
    const action = actionOf(details)
    const editedMessage = writeEdited(action)
    const key = keyOf(action)
    return { protocolMessage: { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: action.at } }
  },
  delete: (_message, details) => ({
    protocolMessage: { key: keyOf(actionOf(details)), type: Type.REVOKE },
  }),
}

/**
 * Builds the protobuf of a stored outgoing message. Every try rebuilds it from the row: the same row gives the same
 * content.
 */
export function toProto(message: SentContent): proto.IMessage {
  const { kind } = message
  if (isMediaKind(kind)) return mediaToProto({ ...message, kind }, writeContext(message.details ?? {}))
  const write = writers[kind]
  if (!write) throw new Error(`cannot send a message of kind ${kind}`)
  return write(message, message.details ?? {})
}

/** Returns the stanza's attributes: WhatsApp's server handles edits, deletions and polls by them. */
export function stanzaOf({ waId: messageId, kind }: { waId: string; kind: MessageKind }): {
  messageId: string
  additionalAttributes?: Record<string, string>
  additionalNodes?: BinaryNode[]
} {
  if (kind === 'edit') return { messageId, additionalAttributes: { edit: '1' } }
  if (kind === 'delete') return { messageId, additionalAttributes: { edit: '7' } }
  if (kind === 'poll')
    return { messageId, additionalNodes: [{ tag: 'meta', attrs: { polltype: 'creation' } }] }
  return { messageId }
}

function actionOf({ action }: MessageDetails): MessageAction {
  if (!action) throw new Error('a change needs to say what it is about')
  return action
}

/** Writes the edited message: a caption includes everything known about its file. */
function writeEdited({ text, file }: MessageAction): proto.IMessage {
  if (!file || !isMediaKind(file.kind)) return { extendedTextMessage: { text } }
  const { kind, media, upload } = file
  return mediaToProto({ kind, text, details: { media, upload } }, {})
}

function keyOf({ target, chat }: MessageAction): proto.IMessageKey {
  const { waId, fromMe, participant } = target
  return { remoteJid: chat, fromMe, id: waId, ...(participant === null ? {} : { participant }) }
}

function writeContext(details: MessageDetails): { contextInfo?: proto.IContextInfo } {
  const { quote, mentions, forwarded, disappearsAfter } = details
  const contextInfo = known<proto.IContextInfo>({
    ...(quote && {
      stanzaId: quote.waId,
      participant: quote.participant,
      quotedMessage: writeQuoted(quote),
    }),
    mentionedJid: mentions,
    isForwarded: forwarded === undefined ? undefined : true,
    forwardingScore: forwarded,
    expiration: disappearsAfter,
  })
  return Object.keys(contextInfo).length === 0 ? {} : { contextInfo }
}

/** Writes as much of the quoted message as phones need if they no longer have it. */
function writeQuoted({ kind, text }: Quote): proto.IMessage {
  switch (kind) {
    case 'image':
      return { imageMessage: { caption: text } }
    case 'video':
      return { videoMessage: { caption: text } }
    case 'audio':
      return { audioMessage: {} }
    case 'document':
      return { documentMessage: { caption: text } }
    case 'sticker':
      return { stickerMessage: {} }
    case 'location':
      return { locationMessage: { name: text } }
    case 'contact':
      return { contactMessage: { displayName: text } }
    case 'poll':
      return { pollCreationMessageV3: { name: text, options: [] } }
    default:
      return { conversation: text }
  }
}

function writePreview({ linkPreview }: MessageDetails): proto.Message.IExtendedTextMessage {
  if (!linkPreview) return {}
  const { url, title, description } = linkPreview
  return { matchedText: url, title, description, previewType: 0 }
}

function writePlace({ place }: MessageDetails): proto.Message.ILocationMessage {
  if (!place) throw new Error('a location needs a place')
  const { latitude, longitude, name, address } = place
  return {
    degreesLatitude: latitude,
    degreesLongitude: longitude,
    ...(name === '' ? {} : { name }),
    ...(address === '' ? {} : { address }),
  }
}

function writeContacts(displayName: string, details: MessageDetails): proto.IMessage {
  const cards = (details.contacts ?? []).map(cardOf)
  const [only] = cards
  if (only && cards.length === 1) return { contactMessage: { ...only, ...writeContext(details) } }
  return { contactsArrayMessage: { displayName, contacts: cards, ...writeContext(details) } }
}

function cardOf({ name, phones, vcard }: ContactCard): proto.Message.IContactMessage {
  return { displayName: name, vcard: vcard === '' ? writeCard(name, phones) : vcard }
}

/** Writes a poll: phones use the third form for a single choice, the first for several. */
function writePoll(details: MessageDetails): proto.IMessage {
  const { poll, secret } = details
  if (!poll || secret === undefined) throw new Error('a poll needs options and a secret')
  const content = {
    name: poll.question,
    options: poll.options.map((optionName) => ({ optionName })),
    selectableOptionsCount: poll.selectable,
    ...writeContext(details),
  }
  const messageContextInfo = { messageSecret: Buffer.from(secret, 'base64') }
  return poll.selectable === 1
    ? { pollCreationMessageV3: content, messageContextInfo }
    : { pollCreationMessage: content, messageContextInfo }
}
