import { readUsername } from '../../core/username.ts'
import { decodeMessageNode, proto, unpadRandomMax16 } from '@whiskeysockets/baileys'
import type { BinaryNode, WAMessage, WAMessageKey } from '@whiskeysockets/baileys'
import type { ChatAddress } from '../../core/chat-address.ts'
import type { Incoming, IncomingChange, IncomingMessage } from '../../core/messages/incoming.ts'
import { bareJid, jidKind, phoneOf, postsKind } from '../../core/jid.ts'
import type { Origin } from '../../core/messages/status.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'
import { oneLine } from '../../util/text.ts'
import { momentOf } from '../content/checked.ts'
import type { OwnIdentity } from '../content/context.ts'
import { readChange, readReaction } from '../content/read-change.ts'
import type { DatedChange } from '../content/read-change.ts'
import { readContent, whyNoContent } from '../content/read-content.ts'
import { readAnswer } from '../content/read-sealed.ts'
import { referenceOf } from '../content/reference.ts'
import { isAssistant, isBroadcastList, settleKey } from './message-key.ts'

/** Describes a decrypted message stanza with its content, as in the journal. */
export interface DecryptedStanza {
  key: WAMessageKey
  /** Unix seconds, as the server stamped it. */
  timestamp: number
  pushName: string | null
  offline: boolean
  /** The account: messages of others are written from their side. */
  me: OwnIdentity
  /** Peer stanzas carry messages of the own phone to its devices: history, keys. */
  peer: boolean
  content: proto.IMessage
}

/**
 * Reads an unencrypted message, such as a channel's post; undefined without content. @throws Error if it is invalid
 */
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

/** The maximum length kept of a person's name, which is hostile text. */
export const nameLength = 100

/**
 * Rebuilds a message from its stanza's attributes and its decrypted, padded bytes. @throws Error if they are invalid
 */
export function decodeStanza(
  attrs: Record<string, string>,
  plaintext: Uint8Array,
  me: OwnIdentity,
): DecryptedStanza {
  const { fullMessage } = decodeMessageNode({ tag: 'message', attrs }, me.id, me.lid)
  const decoded = proto.Message.decode(unpadRandomMax16(plaintext))
  const own = decoded.deviceSentMessage?.message
  // It may be on the wrapper only, and holds the secret that decrypts a poll's votes.
  const messageContextInfo = own?.messageContextInfo ?? decoded.messageContextInfo ?? null
  return {
    key: keyOf(fullMessage.key, attrs, me),
    timestamp: Number(attrs['t']),
    pushName: attrs['notify'] ?? null,
    offline: attrs['offline'] !== undefined,
    // Only the account's own phone is trusted.
    peer: attrs['category'] === 'peer' && fullMessage.key.fromMe === true,
    me,
    // A message that the owner wrote on another device comes wrapped, with its chat.
    content: own ? { messageContextInfo, ...own } : decoded,
  }
}

/** Corrects the chat: the library takes a message to WhatsApp's assistant for a note to oneself. */
function keyOf(key: WAMessageKey, { recipient }: Record<string, string>, me: OwnIdentity): WAMessageKey {
  return recipient !== undefined && isAssistant(recipient)
    ? { ...key, remoteJid: recipient }
    : settleKey(key, me)
}

/** Returns both addresses of a chat, as far as a key names them; undefined for broadcast lists. */
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

/**
 * Converts a decrypted stanza to a message; undefined for housekeeping and for jids that are no chat. A stamp far
 * ahead of `now`, WhatsApp's time if known, is not trusted.
 */
export function messageFromStanza(
  stanza: DecryptedStanza,
  receivedAt: Date,
  now: Date = receivedAt,
): IncomingMessage | undefined {
  if (stanza.peer) return undefined
  return toIncoming(stanza.key, stanza.content, aboutStanza(stanza, receivedAt, now))
}

/** Says why a stanza that is neither message nor change is dropped. */
export function whyUnkept({ peer, key, content, me }: DecryptedStanza): UnkeptReason {
  if (peer) return 'housekeeping'
  if (!readContent(content, { key, me })) return whyNoContent(content)
  if (addressOf(key)) return 'unreadable'
  return isBroadcastList(key.remoteJid) && key.fromMe === true ? 'own_list' : 'no_chat'
}

/**
 * Reads the change that a stanza makes to an existing or coming message, or to its chat; undefined for a message of its own.
 */
export function changeFromStanza(
  stanza: DecryptedStanza,
  receivedAt: Date,
  now: Date = receivedAt,
): IncomingChange | undefined {
  if (stanza.peer) return undefined
  return openChange(toChange(stanza.key, stanza.content, aboutStanza(stanza, receivedAt, now)))
}

interface About {
  sentAt: Date
  /** Later times are not trusted. */
  now: Date
  pushName: string | null
  origin: Origin
  me: OwnIdentity | undefined
}

function aboutStanza(stanza: DecryptedStanza, receivedAt: Date, now: Date): About {
  return {
    sentAt: placeInTime(stanza.timestamp, receivedAt, now),
    pushName: stanza.pushName,
    origin: stanza.offline ? 'offline' : 'live',
    now,
    me: stanza.me,
  }
}

const dayMs = 24 * 60 * 60_000

/**
 * Determines a message's time from WhatsApp's stamp in seconds. An invalid one, or one further ahead than an almost
 * correct clock, is replaced by the time of arrival: the message would be shown in 1970, or stay its chat's newest for
 * years.
 */
function placeInTime(seconds: number, receivedAt: Date, now: Date): Date {
  const stamped = wholeSecond(seconds)
  const latest = Math.max(receivedAt.getTime(), now.getTime()) + dayMs
  const isSensible = stamped.getTime() > 0 && stamped.getTime() <= latest
  return isSensible ? withinSecond(stamped, receivedAt) : receivedAt
}

/** Returns 1970 for an invalid stamp: a date that cannot be stored would block everything behind it. */
function wholeSecond(seconds: number): Date {
  const at = new Date(seconds * 1000)
  return Number.isNaN(at.getTime()) ? new Date(0) : at
}

/**
 * Places a message within its second: WhatsApp stamps whole seconds. It gets the time of its arrival, or an answer
 * would precede a question of the same second.
 */
function withinSecond(second: Date, receivedAt: Date): Date {
  const from = second.getTime()
  return new Date(Math.min(Math.max(receivedAt.getTime(), from), from + 999))
}

/** Converts an undecryptable message; its content may follow under the same id. */
export function undecryptableMessage(
  message: WAMessage,
  arrivedAt: Date | undefined,
  { me, now = new Date() }: { me: OwnIdentity | undefined; now?: Date | undefined },
): IncomingMessage | undefined {
  // The own phone repeats its messages to its devices unasked.
  if (message.category === 'peer') return undefined
  const key = settleKey(message.key, me)
  const chat = addressOf(key)
  if (!chat || !key.id) return undefined
  const seconds = Number(message.messageTimestamp ?? 0)
  return {
    ...personal(key, message.pushName ?? null),
    chat,
    waId: key.id,
    kind: 'undecryptable',
    text: '',
    details: null,
    proto: null,
    sentAt: arrivedAt ? placeInTime(seconds, arrivedAt, now) : beforeLong(wholeSecond(seconds), now),
    origin: 'live',
  }
}

/** Limits a time to `now`. */
function beforeLong(moment: Date, now: Date): Date {
  return moment.getTime() > now.getTime() + dayMs ? now : moment
}

/** Reads the own phone's answer to a request for undecryptable messages. */
export function resentMessages(stanza: DecryptedStanza, now: Date = new Date()): Incoming[] {
  const response = stanza.content.protocolMessage?.peerDataOperationRequestResponseMessage
  // Any contact could send such an answer; only the account's own phone is trusted.
  if (!response || stanza.key.fromMe !== true) return []
  return (response.peerDataOperationResult ?? []).flatMap((result) => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes
    if (!bytes) return []
    const message = proto.WebMessageInfo.decode(bytes) as WAMessage
    return fromHistory(message, stanza.me, now).map((each) => ({ ...each, origin: 'offline' as const }))
  })
}

/** Converts a message of the history with its annotations, or the change that its stanza made to another message. */
export function fromHistory(given: WAMessage, me?: OwnIdentity, now: Date = new Date()): Incoming[] {
  if (!given.message) return []
  const message = { ...given, message: given.message, key: settleKey(given.key, me) }
  const about = aboutHistory(message, me, now)
  const content = withSecret(message.message, message.messageSecret)
  const change = openChange(toChange(message.key, content, about))
  if (change) return [change]
  const read = toIncoming(message.key, content, about)
  return read ? [read, ...annotationsFromHistory(message, about)] : []
}

/** Adds the secret, which the history states beside the message if phones have removed it. */
function withSecret(message: proto.IMessage, messageSecret: Uint8Array | null | undefined): proto.IMessage {
  if (!messageSecret) return message
  return { ...message, messageContextInfo: { messageSecret, ...message.messageContextInfo } }
}

function aboutHistory(message: WAMessage, me: OwnIdentity | undefined, now: Date): About {
  const sentAt = beforeLong(wholeSecond(Number(message.messageTimestamp ?? 0)), now)
  return { sentAt, pushName: message.pushName ?? null, origin: 'history', now, me }
}

/** The maximum number of annotations that one message of the history brings. */
const maxAnnotations = 1100

/** Reads the reactions, votes and answers that the history includes with their message. */
function annotationsFromHistory(message: WAMessage, about: About): IncomingChange[] {
  const { key, reactions, pollUpdates, eventResponses } = message
  const target = referenceOf(key, { key: { ...key, fromMe: true }, me: about.me })
  const reacted = (reactions ?? []).slice(0, maxAnnotations).flatMap((reaction) => {
    // The key is the reaction's; its target is the message itself.
    const read = readReaction({ ...reaction, key }, { key: { ...key, fromMe: true }, me: about.me })
    return read ? [{ ...read, by: reaction.key }] : []
  })
  const voted = (pollUpdates ?? []).slice(0, maxAnnotations).flatMap((update) => {
    const chosen = update.vote?.selectedOptions
      ?.slice(0, 100)
      .map((hash) => Buffer.from(hash).toString('hex'))
    if (!target || !chosen) return []
    const change = { kind: 'vote', target, vote: { chosen } } as const
    return [{ change, at: momentOf(update.senderTimestampMs), by: update.pollUpdateMessageKey }]
  })
  const answered = (eventResponses ?? []).slice(0, maxAnnotations).flatMap((response) => {
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

/** Drops an encrypted change, which counts as a message until it is decrypted. */
function openChange(change: IncomingChange | undefined): IncomingChange | undefined {
  return change?.change.kind === 'sealed' ? undefined : change
}

function sealedChange(change: IncomingChange | undefined): IncomingChange | undefined {
  return change?.change.kind === 'sealed' ? change : undefined
}

function placeChange(
  key: WAMessageKey | proto.IMessageKey,
  { change, at }: DatedChange,
  about: About,
): IncomingChange | undefined {
  const chat = addressOf(key as WAMessageKey)
  if (!chat || !key.id) return undefined
  const { participant, participantAlt } = key as WAMessageKey
  // A clock that is days off would put a change before or after everything else.
  const trusted = at !== undefined && Math.abs(at.getTime() - about.sentAt.getTime()) < dayMs
  const past = at ?? about.sentAt
  const believed = about.origin === 'history' ? beforeLong(past, about.now) : trusted ? at : about.sentAt
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
): Pick<IncomingMessage, 'fromMe' | 'participant' | 'participantAlt' | 'pushName' | 'username'> {
  const name = oneLine(pushName, nameLength)
  // For status posts the library names the writer's other address as if it were the chat's.
  const { participant, participantAlt: alt = participant ? key.remoteJidAlt : undefined } = key
  // Of a message of one's own the recipient's; of others' messages it would be that of the account itself.
  const chatUsername = key.fromMe === true ? key.remoteJidUsername : undefined
  const username = readUsername(participant ? key.participantUsername : chatUsername)
  return {
    fromMe: key.fromMe === true,
    participant: participant ? bareJid(participant) : null,
    ...(participant && alt ? { participantAlt: bareJid(alt) } : {}),
    pushName: name === '' ? null : name,
    ...(username === undefined ? {} : { username }),
  }
}
