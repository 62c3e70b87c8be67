import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'

const { Type } = proto.Message.ProtocolMessage

/** What a person does to a message or to a chat, as a phone offers it. */
export type PhoneChange =
  /** An empty emoji takes the reaction back. `own`: the message is the person's own. */
  | { kind: 'reaction'; id: string; emoji: string; own?: boolean | undefined; at?: number | undefined }
  | { kind: 'edit'; id: string; text: string; at?: number | undefined }
  /** `author`: whose message it is, in a group, where it is not the person's own; a jid. */
  | { kind: 'delete'; id: string; author?: string | undefined }
  | { kind: 'vote'; poll: PollToVote; options: string[]; at?: number | undefined }
  | { kind: 'timer'; seconds: number; at?: number | undefined }

/** A poll as a voter knows it. */
export interface PollToVote {
  id: string
  /** Of the poll's message: base64, 32 bytes. */
  secret: string
  /** The jids under which the one who made the poll and the voter know one another. */
  creator: string
  voter: string
  own: boolean
}

/** The protobuf of a change, as phones make it. `chat` is the jid of the chat from the sender's side. */
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
      // Phones wrap edits once more.
      return { editedMessage: { message: { protocolMessage: edit } } }
    }
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

/** A vote is sealed with a key that comes of the poll's secret and of who made poll and vote. */
function composeVote(
  { poll, options }: Extract<PhoneChange, { kind: 'vote' }>,
  chat: string,
  at: number,
): proto.IMessage {
  const { id, secret, creator, voter, own } = poll
  const selectedOptions = options.map((name) => createHash('sha256').update(name).digest())
  const plaintext = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish()
  const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest()
  const root = hmac(new Uint8Array(32), Buffer.from(secret, 'base64'))
  const key = hmac(root, Buffer.from(`${id}${creator}${voter}Poll Vote\u0001`))
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, encIv)
  cipher.setAAD(Buffer.from(`${id}\u0000${voter}`))
  const encPayload = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: { remoteJid: chat, fromMe: own, id },
      vote: { encPayload, encIv },
      senderTimestampMs: at,
    },
  }
}
