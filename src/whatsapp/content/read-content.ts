import { proto } from '@whiskeysockets/baileys'
import type { PartOf } from '../../core/content.ts'
import type { MessageBody, MessageDetails } from '../../core/message-body.ts'
import type { IncomingFile } from '../../core/messages/incoming.ts'
import { isMediaKind } from '../../features/media/media.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'
import { known, label } from './checked.ts'
import { readContext } from './context.ts'
import type { Perspective } from './context.ts'
import { firstReading, kinds } from './kinds/kinds.ts'
import { unparsedBytes } from './newer-fields.ts'
import { readMedia } from './read-media.ts'
import type { FilePart } from './read-media.ts'
import { readSealed } from './read-sealed.ts'
import { unwrapped } from './unwrap.ts'

/** Holds the content of a message. */
export type Content = MessageBody & {
  text: string
  /** The message's file, if it can be fetched. */
  file?: IncomingFile
  /** The complete protobuf of unsupported content. */
  proto: Uint8Array | null
}

const { Type } = proto.Message.ProtocolMessage

/** Messages between devices, which the library handles; no person wrote them. */
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

const unseen: Perspective = { key: {}, me: undefined }

/** Reads the content of a message; undefined for messages that no person wrote (keys, history, settings). */
export function readContent(message: proto.IMessage, seen: Perspective = unseen): Content | undefined {
  const { content, viewOnce, secret, association } = unwrapped(message)
  const found = firstReading(content)
  if (found) {
    const { kind, text, details } = found.reading
    // View once: only its arrival is kept.
    if (viewOnce) return { kind, text: '', details: { viewOnce: true }, proto: null }
    const part = content[found.field]
    const context =
      typeof part === 'object' && part !== null && 'contextInfo' in part ? part.contextInfo : null
    const media = isMediaKind(kind) ? readMedia(found.reading.file ?? (part as FilePart)) : undefined
    const all = known<MessageDetails>({
      ...details,
      media: media?.facts,
      ...readContext(context as proto.IContextInfo | null | undefined, seen),
      partOf: readPartOf(association),
      secret:
        kinds[kind].hasSecret && secret?.length === 32 ? Buffer.from(secret).toString('base64') : undefined,
    })
    return {
      kind,
      text,
      details: Object.keys(all).length === 0 ? null : all,
      ...(media?.file ? { file: media.file } : {}),
      proto: null,
    }
  }
  const unread = unparsedBytes(content)
  if (!unread && whyNone(content) !== undefined && !readSealed(content, seen)) return undefined
  // Re-encoding would drop the fields that the library does not know.
  const whole = unread ?? proto.Message.encode(message).finish()
  return { kind: 'unsupported', text: '', details: null, proto: whole.length > maxUnread ? null : whole }
}

/** Says why {@link readContent} finds no content. */
export function whyNoContent(message: proto.IMessage): UnkeptReason {
  return whyNone(unwrapped(message).content) ?? 'housekeeping'
}

/** The maximum bytes kept of unsupported content; a future version's may have any size. */
const maxUnread = 262_144

const { AssociationType } = proto.MessageAssociation
const relations = new Map<number, PartOf['relation']>([
  [AssociationType.MEDIA_ALBUM, 'album'],
  [AssociationType.HD_VIDEO_DUAL_UPLOAD, 'better'],
  [AssociationType.HD_IMAGE_DUAL_UPLOAD, 'better'],
  [AssociationType.HEVC_VIDEO_DUAL_UPLOAD, 'better'],
  [AssociationType.MOTION_PHOTO, 'motion'],
])

/** Reads the message that a picture is a part of: another version of it, or an album. */
function readPartOf(association: proto.IMessageAssociation | null): PartOf | undefined {
  const waId = label(association?.parentMessageKey?.id, 100)
  if (!association || waId === '') return undefined
  return { relation: relations.get(association.associationType ?? 0) ?? 'other', waId }
}

/** Says why there is nothing to show, if so: group keys, settings, changes of how phones show messages. */
function whyNone(content: proto.IMessage): UnkeptReason | undefined {
  const fields = Object.entries(content)
    .filter(([, part]) => part !== null && part !== undefined)
    .map(([field]) => field)
    .filter((field) => !silent.has(field))
  if (fields.length === 0) return 'housekeeping'
  if (fields.every((field) => phoneOnly.has(field))) return 'phone_only'
  if (fields.every((field) => changing.has(field))) return 'unreadable'
  const { protocolMessage } = content
  if (!protocolMessage) return undefined
  // Type 0 is "revoke" and always written, so an absent type is not that.
  const { type } = protocolMessage
  if (type === null || type === undefined || housekeeping.has(type)) return 'housekeeping'
  // A complete one is a change; an edit into an unknown kind is kept like any unknown message.
  if (type === Type.MESSAGE_EDIT && protocolMessage.key?.id && protocolMessage.editedMessage) return undefined
  return type === Type.REVOKE || type === Type.MESSAGE_EDIT ? 'unreadable' : 'phone_only'
}

const silent = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'stickerSyncRmrMessage',
  'messageHistoryBundle',
  'messageHistoryNotice',
  'albumMessage',
  'call',
  'chat',
])

/** Fields that change how phones show messages and chats, and say nothing themselves. */
const phoneOnly = new Set([
  'pinInChatMessage',
  'keepInChatMessage',
  'pollResultSnapshotMessage',
  'pollResultSnapshotMessageV3',
  'scheduledCallEditMessage',
  'statusNotificationMessage',
  'statusStickerInteractionMessage',
  'declinePaymentRequestMessage',
  'cancelPaymentRequestMessage',
])

/** Fields that change other messages; those seen here name none, or are encrypted in an unsupported way. */
const changing = new Set([
  'reactionMessage',
  'encReactionMessage',
  'pollUpdateMessage',
  'secretEncryptedMessage',
  'encEventResponseMessage',
])
