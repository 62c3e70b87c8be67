import type { proto } from '@whiskeysockets/baileys'

/** Fields that hold a message within a message. */
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

/** More layers than any phone makes. */
const deepest = 8

export interface Unwrapped {
  content: proto.IMessage
  viewOnce: boolean
  /** Opens what is encrypted within the message's own chat: votes, answers to events. */
  secret: Uint8Array | null
  /** What it belongs to; phones write it on the inside or on the outside. */
  association: proto.IMessageAssociation | null
}

/** A message without the layers around it. */
export function unwrapped(message: proto.IMessage): Unwrapped {
  let content = message
  let viewOnce = false
  let secret = message.messageContextInfo?.messageSecret ?? null
  let association = message.messageContextInfo?.messageAssociation ?? null
  for (let depth = 0; depth < deepest; depth += 1) {
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
