import { decodeMessageNode, proto, unpadRandomMax16 } from '@whiskeysockets/baileys'
import type { BinaryNode, WAMessage, WAMessageKey } from '@whiskeysockets/baileys'
import type { ChatAddress, Incoming, IncomingChange, IncomingMessage } from '../domain/incoming.ts'
import { bareJid, jidKind, phoneOf, postsKind } from '../domain/jid.ts'
import type { Origin } from '../domain/message.ts'
import { oneLine } from '../util/text.ts'
import { momentOf } from './content/checked.ts'
import type { OwnIdentity } from './content/context.ts'
import { readChange, readReaction } from './content/read-change.ts'
import type { DatedChange } from './content/read-change.ts'
import { readContent } from './content/read-content.ts'
import { readAnswer } from './content/read-sealed.ts'
import { referenceOf } from './content/reference.ts'

/** A decrypted message stanza with its content, as it stands in the journal. */
export interface DecryptedStanza {
  key: WAMessageKey
  /** Seconds since 1970, as the server stamped it. */
  timestamp: number
  pushName: string | null
  offline: boolean
  /** Who the account is: what others write is seen from their side. */
  me: OwnIdentity
  /** Peer stanzas carry what the own phone tells its devices: history, keys. */
  peer: boolean
  content: proto.IMessage
}

/** A message that comes without encryption, as posts of channels do. @throws where it makes no sense; undefined where it has no content */
export function plainStanza({ attrs, content }: BinaryNode, me: OwnIdentity): DecryptedStanza | undefined {
  const children = Array.isArray(content) ? content : []
  const bytes = children.find(({ tag }) => tag === 'plaintext')?.content
  if (!(bytes instanceof Uint8Array)) return undefined
  const { fullMessage } = decodeMessageNode({ tag: 'message', attrs }, me.id, me.lid)
  return {
    key: fullMessage.key,
    timestamp: Number(attrs['t']),
    pushName: attrs['notify'] ?? null,
    offline: attrs['offline'] !== undefined,
    peer: false,
    me,
    content: proto.Message.decode(bytes),
  }
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
  const own = decoded.deviceSentMessage?.message
  // It may stand on the wrapping alone, and holds what opens the votes on a poll.
  const messageContextInfo = own?.messageContextInfo ?? decoded.messageContextInfo ?? null
  return {
    key: ownPost(fullMessage.key, me),
    timestamp: Number(attrs['t']),
    pushName: attrs['notify'] ?? null,
    offline: attrs['offline'] !== undefined,
    peer: attrs['category'] === 'peer',
    me,
    // What the owner wrote on another device comes wrapped, with the chat that it was written in.
    content: own ? { messageContextInfo, ...own } : decoded,
  }
}

/** The library knows the account's own status posts by its number only. */
function ownPost(key: WAMessageKey, me: OwnIdentity): WAMessageKey {
  const { remoteJid, participant } = key
  if (!participant || postsKind(remoteJid ?? '') !== 'status') return key
  const own = [me.id, me.lid].filter((jid) => jid !== '').map(bareJid)
  return own.includes(bareJid(participant)) ? { ...key, fromMe: true } : key
}

/** Both addresses of a chat, as far as a key names them; undefined for what is no chat (lists of recipients). */
export function addressOf(key: WAMessageKey): ChatAddress | undefined {
  const jids = [key.remoteJid, key.remoteJidAlt].filter((jid) => typeof jid === 'string').map(bareJid)
  const [chat] = jids
  if (chat === undefined) return undefined
  const posts = postsKind(chat)
  if (posts) return { kind: posts, phone: null, lid: null, group: chat }
  if (jidKind(chat) === 'group') return { kind: 'group', phone: null, lid: null, group: chat }
  if (jidKind(chat) === 'other') return undefined
  const lid = jids.find((jid) => jidKind(jid) === 'lid') ?? null
  const phone = jids.map(phoneOf).find((digits) => digits !== null) ?? null
  return { kind: 'person', phone, lid, group: null }
}

/** The product's message from a decrypted stanza; undefined for housekeeping and for what is no chat. */
export function messageFromStanza(stanza: DecryptedStanza, receivedAt: Date): IncomingMessage | undefined {
  if (stanza.peer) return undefined
  return toIncoming(stanza.key, stanza.content, aboutStanza(stanza, receivedAt))
}

/** What a stanza does to a message that is there, or will be, or to its chat; undefined where it is a message of its own. */
export function changeFromStanza(stanza: DecryptedStanza, receivedAt: Date): IncomingChange | undefined {
  if (stanza.peer) return undefined
  return openChange(toChange(stanza.key, stanza.content, aboutStanza(stanza, receivedAt)))
}

interface About {
  sentAt: Date
  pushName: string | null
  origin: Origin
  me: OwnIdentity | undefined
}

function aboutStanza(stanza: DecryptedStanza, receivedAt: Date): About {
  const stamped = wholeSecond(stanza.timestamp)
  const sentAt = withinSecond(stamped, receivedAt)
  return {
    // Without a time that makes sense it would stand in 1970.
    sentAt: stamped.getTime() > 0 ? sentAt : receivedAt,
    pushName: stanza.pushName,
    origin: stanza.offline ? 'offline' : 'live',
    me: stanza.me,
  }
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
  me: OwnIdentity | undefined,
): IncomingMessage | undefined {
  const key = me ? ownPost(message.key, me) : message.key
  const chat = addressOf(key)
  if (!chat || !key.id) return undefined
  const stamped = wholeSecond(Number(message.messageTimestamp ?? 0))
  return {
    ...personal(key, message.pushName ?? null),
    chat,
    waId: key.id,
    kind: 'undecryptable',
    text: '',
    details: null,
    proto: null,
    sentAt: arrivedAt ? withinSecond(stamped, arrivedAt) : stamped,
    origin: 'live',
  }
}

/** What the own phone answers when it is asked for messages that could not be decrypted. */
export function resentMessages(stanza: DecryptedStanza): Incoming[] {
  const response = stanza.content.protocolMessage?.peerDataOperationRequestResponseMessage
  // Anybody could send such an answer; only the account's own phone is believed.
  if (!response || stanza.key.fromMe !== true) return []
  return (response.peerDataOperationResult ?? []).flatMap((result) => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes
    if (!bytes) return []
    const message = proto.WebMessageInfo.decode(bytes) as WAMessage
    return fromHistory(message, stanza.me).map((each) => ({ ...each, origin: 'offline' as const }))
  })
}

/** A message of the history with what had been done to it; or what one of its stanzas did to another message. */
export function fromHistory(message: WAMessage, me?: OwnIdentity): Incoming[] {
  if (!message.message) return []
  const about = aboutHistory(message, me)
  const content = withSecret(message.message, message.messageSecret)
  const change = openChange(toChange(message.key, content, about))
  if (change) return [change]
  const read = toIncoming(message.key, content, about)
  return read ? [read, ...marksFromHistory(message, about)] : []
}

/** The history tells the secret beside the message, where phones have taken it off that. */
function withSecret(message: proto.IMessage, messageSecret: Uint8Array | null | undefined): proto.IMessage {
  if (!messageSecret) return message
  return { ...message, messageContextInfo: { messageSecret, ...message.messageContextInfo } }
}

function aboutHistory(message: WAMessage, me: OwnIdentity | undefined): About {
  const sentAt = wholeSecond(Number(message.messageTimestamp ?? 0))
  return { sentAt, pushName: message.pushName ?? null, origin: 'history', me }
}

/** The most reactions, votes or answers that one message of the history brings. */
const mostMarks = 1100

/** The reactions, votes and answers that the history tells with the message that they belong to. */
function marksFromHistory(message: WAMessage, about: About): IncomingChange[] {
  const { key, reactions, pollUpdates, eventResponses } = message
  const target = referenceOf(key, { key: { ...key, fromMe: true }, me: about.me })
  const reacted = (reactions ?? []).slice(0, mostMarks).flatMap((reaction) => {
    // The key is that of the reaction; what it is about is the message itself.
    const read = readReaction({ ...reaction, key }, { key: { ...key, fromMe: true }, me: about.me })
    return read ? [{ ...read, by: reaction.key }] : []
  })
  const voted = (pollUpdates ?? []).slice(0, mostMarks).flatMap((update) => {
    const chosen = update.vote?.selectedOptions
      ?.slice(0, 100)
      .map((hash) => Buffer.from(hash).toString('hex'))
    if (!target || !chosen) return []
    const change = { kind: 'vote', target, vote: { chosen } } as const
    return [{ change, at: momentOf(update.senderTimestampMs), by: update.pollUpdateMessageKey }]
  })
  const answered = (eventResponses ?? []).slice(0, mostMarks).flatMap((response) => {
    const answer = readAnswer(response.eventResponseMessage)
    if (!target || !answer) return []
    const change = { kind: 'answer', target, answer } as const
    return [{ change, at: momentOf(response.timestampMs), by: response.eventResponseMessageKey }]
  })
  return [...reacted, ...voted, ...answered].flatMap(({ by, ...dated }) => {
    const change = placeChange({ ...key, ...by, remoteJid: key.remoteJid ?? null }, dated, about)
    return change ? [change] : []
  })
}

function toChange(key: WAMessageKey, content: proto.IMessage, about: About): IncomingChange | undefined {
  const dated = readChange(content, { key, me: about.me })
  return dated && placeChange(key, dated, about)
}

/** What is sealed counts as a message until it is open. */
function openChange(change: IncomingChange | undefined): IncomingChange | undefined {
  return change?.change.kind === 'sealed' ? undefined : change
}

function sealedChange(change: IncomingChange | undefined): IncomingChange | undefined {
  return change?.change.kind === 'sealed' ? change : undefined
}

const dayMs = 24 * 60 * 60_000

function placeChange(
  key: WAMessageKey | proto.IMessageKey,
  { change, at }: DatedChange,
  about: About,
): IncomingChange | undefined {
  const chat = addressOf(key as WAMessageKey)
  if (!chat || !key.id) return undefined
  const { participant, participantAlt } = key as WAMessageKey
  // A clock that is days off would put a change before or after everything that follows it.
  const trusted = at !== undefined && Math.abs(at.getTime() - about.sentAt.getTime()) < dayMs
  const believed = about.origin === 'history' ? (at ?? about.sentAt) : trusted ? at : about.sentAt
  return {
    chat,
    waId: key.id,
    fromMe: key.fromMe === true,
    by:
      chat.kind === 'group' || chat.kind === 'status'
        ? [participant, participantAlt].flatMap((jid) => (jid ? [bareJid(jid)] : []))
        : [],
    at: believed,
    origin: about.origin,
    change,
  }
}

function toIncoming(key: WAMessageKey, content: proto.IMessage, about: About): IncomingMessage | undefined {
  const chat = addressOf(key)
  const read = chat && readContent(content, { key, me: about.me })
  if (!chat || !read || !key.id) return undefined
  const sealed = read.kind === 'unsupported' ? sealedChange(toChange(key, content, about)) : undefined
  return {
    ...personal(key, about.pushName),
    chat,
    waId: key.id,
    ...read,
    ...(sealed ? { sealed } : {}),
    sentAt: about.sentAt,
    origin: about.origin,
  }
}

function personal(
  key: WAMessageKey,
  pushName: string | null,
): Pick<IncomingMessage, 'fromMe' | 'participant' | 'participantAlt' | 'pushName'> {
  const name = oneLine(pushName, nameLength)
  // Of status posts the library names the other address of the writer as if it were that of the chat.
  const { participant, participantAlt: alt = participant ? key.remoteJidAlt : undefined } = key
  return {
    fromMe: key.fromMe === true,
    participant: participant ? bareJid(participant) : null,
    ...(participant && alt ? { participantAlt: bareJid(alt) } : {}),
    pushName: name === '' ? null : name,
  }
}
