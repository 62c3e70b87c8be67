import { proto } from '@whiskeysockets/baileys'
import type { MessageDetails } from '../../domain/content.ts'
import type { IncomingFile } from '../../domain/incoming.ts'
import { isMediaKind } from '../../domain/media.ts'
import type { MessageKind } from '../../domain/message.ts'
import { known } from './checked.ts'
import { readContext } from './context.ts'
import type { Perspective } from './context.ts'
import { firstReading } from './kinds.ts'
import { unreadBytes } from './newer-fields.ts'
import { readMedia } from './read-media.ts'
import type { FilePart } from './read-media.ts'
import { unwrapped } from './unwrap.ts'

export interface Content {
  kind: MessageKind
  text: string
  details: MessageDetails | null
  /** The file that came with it, where it can be fetched. */
  file?: IncomingFile
  /** The whole protobuf of what we could not make sense of. */
  proto: Uint8Array | null
}

const { Type } = proto.Message.ProtocolMessage

/** What devices tell devices; the library acts on it, and nobody wrote it. */
const housekeeping = new Set<proto.Message.ProtocolMessage.Type>([
  Type.HISTORY_SYNC_NOTIFICATION,
  Type.APP_STATE_SYNC_KEY_SHARE,
  Type.APP_STATE_SYNC_KEY_REQUEST,
  Type.APP_STATE_FATAL_EXCEPTION_NOTIFICATION,
  Type.INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC,
  Type.PEER_DATA_OPERATION_REQUEST_MESSAGE,
  Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
  Type.LID_MIGRATION_MAPPING_SYNC,
  Type.EPHEMERAL_SETTING,
  Type.EPHEMERAL_SYNC_RESPONSE,
])

/** What is edited, voted on, answered, or reacted to where that is sealed: phones do it with the secret of the message. */
const opens = new Set<MessageKind>([
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'poll',
  'event',
])

const unseen: Perspective = { key: {}, me: undefined }

/** What a message says; undefined where nobody wrote anything (keys, history, settings). */
export function readContent(message: proto.IMessage, seen: Perspective = unseen): Content | undefined {
  const { content, viewOnce, secret } = unwrapped(message)
  const found = firstReading(content)
  if (found) {
    const { kind, text, details } = found.reading
    // It was meant to be seen once: that it came is all that is kept.
    if (viewOnce) return { kind, text: '', details: { viewOnce: true }, proto: null }
    const part = content[found.field]
    const context =
      typeof part === 'object' && part !== null && 'contextInfo' in part ? part.contextInfo : null
    const media = isMediaKind(kind) ? readMedia(part as FilePart) : undefined
    const all = known<MessageDetails>({
      ...details,
      media: media?.facts,
      ...readContext(context as proto.IContextInfo | null | undefined, seen),
      secret: opens.has(kind) && secret?.length === 32 ? Buffer.from(secret).toString('base64') : undefined,
    })
    return {
      kind,
      text,
      details: Object.keys(all).length === 0 ? null : all,
      ...(media?.file ? { file: media.file } : {}),
      proto: null,
    }
  }
  const unread = unreadBytes(content)
  if (!unread && !saysSomething(content)) return undefined
  // What the library does not know it would leave out.
  const whole = unread ?? proto.Message.encode(message).finish()
  return { kind: 'unsupported', text: '', details: null, proto: whole }
}

/** False for what only prepares the ground: keys of groups, settings, the frame around the pictures of an album. */
function saysSomething(content: proto.IMessage): boolean {
  const fields = Object.entries(content)
    .filter(([, part]) => part !== null && part !== undefined)
    .map(([field]) => field)
  if (fields.every((field) => silent.has(field))) return false
  const { protocolMessage } = content
  if (!protocolMessage) return true
  // Type 0 is "revoke": it is always written, so an absent one is not that.
  const { type } = protocolMessage
  return type !== null && type !== undefined && !housekeeping.has(type)
}

const silent = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'albumMessage',
  'call',
  'chat',
])
