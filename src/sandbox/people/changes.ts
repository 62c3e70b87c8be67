import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { isGroupJid } from '../groups/group.ts'
import { addedOption } from './newer-fields.ts'

const { Type } = proto.Message.ProtocolMessage
const { SecretEncType } = proto.Message.SecretEncryptedMessage

/** Describes a change to a message or chat, as a phone offers it. */
export type PhoneChange =
  /** An empty emoji removes the reaction. `own`: the message is the person's own. */
  | { kind: 'reaction'; id: string; emoji: string; own?: boolean | undefined; at?: number | undefined }
  /** Encrypted if the message's secret is known, as on phones. */
  | {
      kind: 'edit'
      id: string
      text: string
      sealing?: Sealing | undefined
      at?: number | undefined
    }
  /** Replaces a sent event. */
  | { kind: 'event'; sealing: Sealing; event: proto.Message.IEventMessage; at?: number | undefined }
  /** Replaces a sent poll. */
  | { kind: 'poll'; sealing: Sealing; poll: proto.Message.IPollCreationMessage; at?: number | undefined }
  /** Adds an option to a poll. */
  | { kind: 'option'; sealing: Sealing; name: string }
  | {
      kind: 'answer'
      sealing: Sealing
      answer: keyof typeof answers
      guests?: number | undefined
      at?: number | undefined
    }
  /** `author`: the jid of the message's author in a group, if not the person itself. */
  | { kind: 'delete'; id: string; author?: string | undefined }
  | { kind: 'vote'; sealing: Sealing; options: string[]; at?: number | undefined }
  | { kind: 'timer'; seconds: number; at?: number | undefined }

const { GOING, NOT_GOING, MAYBE, UNKNOWN } = proto.Message.EventResponseMessage.EventResponseType

/** Answers to an event; `none` withdraws the answer. */
export const answers = { going: GOING, not_going: NOT_GOING, maybe: MAYBE, none: UNKNOWN } as const

/** Holds the keys that encrypt a change: the secret of its message, and the authors of message and change. */
export interface Sealing {
  /** The message's id. */
  id: string
  /** Base64, 32 bytes. */
  secret: string
  /** The jids under which the authors of message and change know each other. */
  author: string
  maker: string
  own: boolean
}

/** Builds the protobuf of a change, as phones do. `chat` is the chat's jid from the sender's side. */
export function composeChange(change: PhoneChange, chat: string): proto.IMessage {
  const now = Date.now()
  switch (change.kind) {
    case 'reaction': {
      const key = { remoteJid: chat, fromMe: change.own === true, id: change.id }
      return { reactionMessage: { key, text: change.emoji, senderTimestampMs: change.at ?? now } }
    }
    case 'edit': {
      const key = { remoteJid: chat, fromMe: true, id: change.id }
      const editedMessage = { conversation: change.text }
      const edit = { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: change.at ?? now }
      const { sealing } = change
      // Phones that do not encrypt edits wrap them once more.
      if (!sealing) return { editedMessage: { message: { protocolMessage: edit } } }
      const plaintext = proto.Message.encode({ protocolMessage: edit }).finish()
      return sealedEdit('Message Edit', { chat, sealing, plaintext })
    }
    case 'event': {
      const plaintext = proto.Message.encode({ eventMessage: change.event }).finish()
      return sealedEdit('Event Edit', { chat, sealing: change.sealing, plaintext })
    }
    case 'poll': {
      const { sealing, poll, at: timestampMs = now } = change
      const key = { remoteJid: chat, fromMe: true, id: sealing.id }
      const editedMessage = { pollCreationMessageV3: poll }
      const edit = { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs }
      const plaintext = proto.Message.encode({ protocolMessage: edit }).finish()
      return sealedEdit('Poll Edit', { chat, sealing, plaintext })
    }
    case 'option': {
      const { sealing, name } = change
      const plaintext = addedOption(keyOf(sealing, chat), name)
      return sealedEdit('Poll Add Option', { chat, sealing, plaintext })
    }
    case 'answer':
      return composeAnswer(change, chat, change.at ?? now)
    case 'delete': {
      const { id, author } = change
      const key = {
        remoteJid: chat,
        id,
        fromMe: author === undefined,
        ...(author ? { participant: author } : {}),
      }
      return { protocolMessage: { key, type: Type.REVOKE } }
    }
    case 'vote':
      return composeVote(change, chat, change.at ?? now)
    case 'timer': {
      const ephemeralSettingTimestamp = Math.floor((change.at ?? now) / 1000)
      return {
        protocolMessage: {
          type: Type.EPHEMERAL_SETTING,
          ephemeralExpiration: change.seconds,
          ephemeralSettingTimestamp,
        },
      }
    }
  }
}

/** Builds a message key. In groups it names the author, unless that is the sender. */
function keyOf({ id, own, author }: Sealing, chat: string): proto.IMessageKey {
  return { remoteJid: chat, fromMe: own, id, ...(isGroupJid(chat) && !own ? { participant: author } : {}) }
}

function composeVote(
  { sealing, options }: Extract<PhoneChange, { kind: 'vote' }>,
  chat: string,
  senderTimestampMs: number,
): proto.IMessage {
  const selectedOptions = options.map((name) => createHash('sha256').update(name).digest())
  const plaintext = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish()
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: keyOf(sealing, chat),
      vote: seal('Poll Vote', sealing, plaintext),
      senderTimestampMs,
    },
  }
}

function composeAnswer(
  { sealing, answer, guests = 0 }: Extract<PhoneChange, { kind: 'answer' }>,
  chat: string,
  timestampMs: number,
): proto.IMessage {
  const response = { response: answers[answer], extraGuestCount: guests, timestampMs }
  const plaintext = proto.Message.EventResponseMessage.encode(response).finish()
  return {
    encEventResponseMessage: {
      eventCreationMessageKey: keyOf(sealing, chat),
      ...seal('Event Response', sealing, plaintext),
    },
  }
}

/** The protocol's numbers; the library does not know the last two. */
const editTypes = {
  'Event Edit': SecretEncType.EVENT_EDIT,
  'Message Edit': SecretEncType.MESSAGE_EDIT,
  'Poll Edit': 4 as proto.Message.SecretEncryptedMessage.SecretEncType,
  'Poll Add Option': 5 as proto.Message.SecretEncryptedMessage.SecretEncType,
}

function sealedEdit(
  use: keyof typeof editTypes,
  { chat, sealing, plaintext }: { chat: string; sealing: Sealing; plaintext: Uint8Array },
): proto.IMessage {
  return {
    secretEncryptedMessage: {
      targetMessageKey: keyOf(sealing, chat),
      ...seal(use, sealing, plaintext),
      secretEncType: editTypes[use],
    },
  }
}

/** Encrypts a change with a key derived from the message's secret and the authors of message and change. */
function seal(
  use: 'Poll Vote' | 'Event Response' | keyof typeof editTypes,
  { id, secret, author, maker }: Sealing,
  plaintext: Uint8Array,
): { encPayload: Uint8Array; encIv: Uint8Array } {
  const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest()
  const root = hmac(new Uint8Array(32), Buffer.from(secret, 'base64'))
  const key = hmac(root, Buffer.from(`${id}${author}${maker}${use}\u0001`))
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, encIv)
  // Only votes and answers authenticate id and author; edits rely on the key.
  if (use === 'Poll Vote' || use === 'Event Response') cipher.setAAD(Buffer.from(`${id}\u0000${maker}`))
  const encPayload = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return { encPayload, encIv }
}
