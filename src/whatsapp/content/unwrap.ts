import type { proto } from '@whiskeysockets/baileys'

/** Fields that hold a nested message. */
const wrappers = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'groupMentionedMessage',
  'botInvokeMessage',
  'lottieStickerMessage',
  'pollCreationMessageV4',
  'associatedChildMessage',
  'groupStatusMessage',
  'groupStatusMessageV2',
  'botForwardedMessage',
  'questionMessage',
  'questionReplyMessage',
  'commentMessage',
  'eventCoverImage',
  'pollCreationOptionImageMessage',
  'statusMentionMessage',
  'groupStatusMentionMessage',
  'statusAddYours',
  'limitSharingMessage',
  'botTaskMessage',
] as const satisfies (keyof proto.IMessage)[]

const once = new Set<string>(['viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension'])

/** More layers than any phone creates. */
const maxDepth = 8

/** Holds a message without its wrappers. */
export interface Unwrapped {
  content: proto.IMessage
  viewOnce: boolean
  /** Decrypts votes, answers to events and edits within the message's own chat. */
  secret: Uint8Array | null
  /** The message it is a part of; phones write it on the inner or the outer message. */
  association: proto.IMessageAssociation | null
}

/** Removes the wrappers of a message. */
export function unwrapped(message: proto.IMessage): Unwrapped {
  let content = message
  let viewOnce = false
  let secret = message.messageContextInfo?.messageSecret ?? null
  let association = message.messageContextInfo?.messageAssociation ?? null
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const wrapper = wrappers.find((name) => content[name]?.message)
    const inner = wrapper && content[wrapper]?.message
    if (!inner) break
    viewOnce ||= once.has(wrapper)
    secret = inner.messageContextInfo?.messageSecret ?? secret
    association = inner.messageContextInfo?.messageAssociation ?? association
    content = inner
  }
  const flagged =
    content.imageMessage?.viewOnce ?? content.videoMessage?.viewOnce ?? content.audioMessage?.viewOnce
  return { content, viewOnce: viewOnce || flagged === true, secret, association }
}
