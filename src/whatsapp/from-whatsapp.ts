import {
  decodeMessageNode,
  getContentType,
  normalizeMessageContent,
  proto,
  unpadRandomMax16,
} from '@whiskeysockets/baileys'
import type { WAMessage, WAMessageKey } from '@whiskeysockets/baileys'
import type { ChatAddress, IncomingMessage } from '../domain/incoming.ts'
import { bareJid, jidKind, phoneOf } from '../domain/jid.ts'
import type { MessageKind, Origin } from '../domain/message.ts'
import { cutText, plainText } from '../util/text.ts'

/** Numbers under which the account itself is known. */
export interface OwnIdentity {
  id: string
  lid: string
}

/** A decrypted message stanza with its content, as it stands in the journal. */
export interface DecryptedStanza {
  key: WAMessageKey
  /** Seconds since 1970, as the server stamped it. */
  timestamp: number
  pushName: string | null
  offline: boolean
  /** Peer stanzas carry what the own phone tells its devices: history, keys. */
  peer: boolean
  content: proto.IMessage
}

/** Longest name of a person that is kept; names are hostile text. */
export const nameLength = 100

/** Rebuilds a message from the attributes of its stanza and its decrypted, padded bytes. @throws where they make no sense */
export function decodeStanza(
  attrs: Record<string, string>,
  plaintext: Uint8Array,
  me: OwnIdentity,
): DecryptedStanza {
  const { fullMessage } = decodeMessageNode({ tag: 'message', attrs }, me.id, me.lid)
  const decoded = proto.Message.decode(unpadRandomMax16(plaintext))
  return {
    key: fullMessage.key,
    timestamp: Number(attrs['t']),
    pushName: attrs['notify'] ?? null,
    offline: attrs['offline'] !== undefined,
    peer: attrs['category'] === 'peer',
    // What the owner wrote on another device comes wrapped, with the chat that it was written in.
    content: decoded.deviceSentMessage?.message ?? decoded,
  }
}

/** Both addresses of a chat, as far as a key names them; undefined for what is no chat (status, channels, broadcasts). */
export function addressOf(key: WAMessageKey): ChatAddress | undefined {
  const jids = [key.remoteJid, key.remoteJidAlt].filter((jid) => typeof jid === 'string').map(bareJid)
  const [chat] = jids
  if (chat === undefined) return undefined
  if (jidKind(chat) === 'group') return { kind: 'group', phone: null, lid: null, group: chat }
  if (jidKind(chat) === 'other') return undefined
  const lid = jids.find((jid) => jidKind(jid) === 'lid') ?? null
  const phone = jids.map(phoneOf).find((digits) => digits !== null) ?? null
  return { kind: 'person', phone, lid, group: null }
}

interface Content {
  kind: MessageKind
  text: string
  proto: Uint8Array | null
}

/** Kind by the name of the protobuf's field, with the field that holds its words. */
const kinds: Partial<
  Record<keyof proto.IMessage, { kind: MessageKind; text: (m: proto.IMessage) => unknown }>
> = {
  conversation: { kind: 'text', text: (m) => m.conversation },
  extendedTextMessage: { kind: 'text', text: (m) => m.extendedTextMessage?.text },
  imageMessage: { kind: 'image', text: (m) => m.imageMessage?.caption },
  videoMessage: { kind: 'video', text: (m) => m.videoMessage?.caption },
  audioMessage: { kind: 'audio', text: () => '' },
  documentMessage: {
    kind: 'document',
    text: (m) => m.documentMessage?.caption ?? m.documentMessage?.fileName,
  },
  stickerMessage: { kind: 'sticker', text: () => '' },
  locationMessage: { kind: 'location', text: (m) => m.locationMessage?.name },
  liveLocationMessage: { kind: 'location', text: (m) => m.liveLocationMessage?.caption },
  contactMessage: { kind: 'contact', text: (m) => m.contactMessage?.displayName },
  contactsArrayMessage: { kind: 'contact', text: (m) => m.contactsArrayMessage?.displayName },
  pollCreationMessage: { kind: 'poll', text: (m) => m.pollCreationMessage?.name },
  pollCreationMessageV3: { kind: 'poll', text: (m) => m.pollCreationMessageV3?.name },
  reactionMessage: { kind: 'reaction', text: (m) => m.reactionMessage?.text },
  buttonsResponseMessage: { kind: 'text', text: (m) => m.buttonsResponseMessage?.selectedDisplayText },
  listResponseMessage: { kind: 'text', text: (m) => m.listResponseMessage?.title },
  templateButtonReplyMessage: {
    kind: 'text',
    text: (m) => m.templateButtonReplyMessage?.selectedDisplayText,
  },
}

/** What devices tell devices; the library acts on it, and nobody wrote it. */
const housekeeping = new Set<proto.Message.ProtocolMessage.Type>([
  proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
  proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
  proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_REQUEST,
  proto.Message.ProtocolMessage.Type.APP_STATE_FATAL_EXCEPTION_NOTIFICATION,
  proto.Message.ProtocolMessage.Type.INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC,
  proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_MESSAGE,
  proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
  proto.Message.ProtocolMessage.Type.LID_MIGRATION_MAPPING_SYNC,
  proto.Message.ProtocolMessage.Type.EPHEMERAL_SETTING,
  proto.Message.ProtocolMessage.Type.EPHEMERAL_SYNC_RESPONSE,
])

/** Kind and words of a message; undefined where nobody wrote anything (keys, history, settings). */
export function readContent(message: proto.IMessage): Content | undefined {
  const content = normalizeMessageContent(message)
  const type = getContentType(content)
  if (!content || !type || type === 'senderKeyDistributionMessage') return undefined
  const known = kinds[type]
  if (known) {
    // Who came through an advertisement: kept whole, because nothing but the message itself says so.
    const advertised = contextOf(content)?.externalAdReply
    const kept = advertised ? proto.Message.encode(message).finish() : null
    return { kind: known.kind, text: plainText(known.text(content)), proto: kept }
  }
  const protocol = content.protocolMessage
  if (
    protocol &&
    (protocol.type === null || protocol.type === undefined || housekeeping.has(protocol.type))
  ) {
    // Type 0 is "revoke": it is always written, so an absent one is not that.
    return undefined
  }
  return { kind: 'unsupported', text: '', proto: proto.Message.encode(message).finish() }
}

function contextOf(content: proto.IMessage): proto.IContextInfo | null | undefined {
  return (
    content.extendedTextMessage?.contextInfo ??
    content.imageMessage?.contextInfo ??
    content.videoMessage?.contextInfo
  )
}

/** The product's message from a decrypted stanza; undefined for housekeeping and for what is no chat. */
export function messageFromStanza(stanza: DecryptedStanza, receivedAt: Date): IncomingMessage | undefined {
  if (stanza.peer) return undefined
  const stamped = wholeSecond(stanza.timestamp)
  const sentAt = withinSecond(stamped, receivedAt)
  return toIncoming(stanza.key, stanza.content, {
    // Without a time that makes sense it would stand in 1970.
    sentAt: stamped.getTime() > 0 ? sentAt : receivedAt,
    pushName: stanza.pushName,
    origin: stanza.offline ? 'offline' : 'live',
  })
}

/** The beginning of 1970 where it is no time at all: a date that cannot be stored would hold up everything behind it. */
function wholeSecond(seconds: number): Date {
  const at = new Date(seconds * 1000)
  return Number.isNaN(at.getTime()) ? new Date(0) : at
}

/**
 * WhatsApp stamps whole seconds. Within its second a message gets the moment of its arrival, or an answer would stand before
 * the question that was sent in the same second, and what was cut off before what it came after.
 */
function withinSecond(second: Date, receivedAt: Date): Date {
  const from = second.getTime()
  return new Date(Math.min(Math.max(receivedAt.getTime(), from), from + 999))
}

/** That somebody wrote what could not be decrypted; the content may follow under the same id. */
export function undecryptableMessage(
  message: WAMessage,
  arrivedAt: Date | undefined,
): IncomingMessage | undefined {
  const chat = addressOf(message.key)
  if (!chat || !message.key.id) return undefined
  const stamped = wholeSecond(Number(message.messageTimestamp ?? 0))
  return {
    ...personal(message.key, message.pushName ?? null),
    chat,
    waId: message.key.id,
    kind: 'undecryptable',
    text: '',
    details: null,
    proto: null,
    sentAt: arrivedAt ? withinSecond(stamped, arrivedAt) : stamped,
    origin: 'live',
  }
}

/** What the own phone answers when it is asked for messages that could not be decrypted. */
export function resentMessages(stanza: DecryptedStanza): IncomingMessage[] {
  const response = stanza.content.protocolMessage?.peerDataOperationRequestResponseMessage
  // Anybody could send such an answer; only the account's own phone is believed.
  if (!response || stanza.key.fromMe !== true) return []
  return (response.peerDataOperationResult ?? []).flatMap((result) => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes
    if (!bytes) return []
    const message = messageFromHistory(proto.WebMessageInfo.decode(bytes) as WAMessage)
    return message ? [{ ...message, origin: 'offline' as const }] : []
  })
}

/** The product's message from the phone's history. */
export function messageFromHistory(message: WAMessage): IncomingMessage | undefined {
  if (!message.message) return undefined
  return toIncoming(message.key, message.message, {
    sentAt: wholeSecond(Number(message.messageTimestamp ?? 0)),
    pushName: message.pushName ?? null,
    origin: 'history',
  })
}

function toIncoming(
  key: WAMessageKey,
  content: proto.IMessage,
  about: { sentAt: Date; pushName: string | null; origin: Origin },
): IncomingMessage | undefined {
  const chat = addressOf(key)
  const read = readContent(content)
  if (!chat || !read || !key.id) return undefined
  return {
    ...personal(key, about.pushName),
    chat,
    waId: key.id,
    ...read,
    details: null,
    sentAt: about.sentAt,
    origin: about.origin,
  }
}

function personal(
  key: WAMessageKey,
  pushName: string | null,
): Pick<IncomingMessage, 'fromMe' | 'participant' | 'participantAlt' | 'pushName'> {
  const name = cutText(plainText(pushName ?? ''), nameLength).trim()
  return {
    fromMe: key.fromMe === true,
    participant: key.participant ? bareJid(key.participant) : null,
    ...(key.participant && key.participantAlt ? { participantAlt: bareJid(key.participantAlt) } : {}),
    pushName: name === '' ? null : name,
  }
}
