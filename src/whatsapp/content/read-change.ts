import { proto } from '@whiskeysockets/baileys'
import type { Change } from '../../core/messages/incoming.ts'
import { label, maxEmojiLength, maxTimerSeconds, momentOf, numberWithin } from './checked.ts'
import type { Perspective } from './context.ts'
import { readEdited } from './kinds/kinds.ts'
import { readSealed } from './read-sealed.ts'
import { referenceOf } from './reference.ts'
import { unwrapped } from './unwrap.ts'

const { Type } = proto.Message.ProtocolMessage

/** Holds a change and its time by its author's clock; undefined if not stated. */
export interface DatedChange {
  change: Change
  at: Date | undefined
}

/**
 * Reads the change that a stanza makes to another message or to its chat; undefined for a message of its own, or an invalid
 * change.
 */
export function readChange(message: proto.IMessage, seen: Perspective): DatedChange | undefined {
  const { content } = unwrapped(message)
  const { reactionMessage, pollUpdateMessage, protocolMessage } = content
  if (reactionMessage) return readReaction(reactionMessage, seen)
  if (pollUpdateMessage) return readVote(pollUpdateMessage, seen)
  if (protocolMessage) return readProtocol(protocolMessage, seen)
  const change = readSealed(content, seen)
  return change && { change, at: undefined }
}

/** Reads a reaction and its time. */
export function readReaction(
  reaction: proto.Message.IReactionMessage | proto.IReaction,
  seen: Perspective,
): DatedChange | undefined {
  const target = referenceOf(reaction.key, seen)
  const change =
    target && ({ kind: 'reaction', target, emoji: label(reaction.text, maxEmojiLength) } as const)
  return change && { change, at: momentOf(reaction.senderTimestampMs) }
}

const maxVoteBytes = 16_384

function readVote(update: proto.Message.IPollUpdateMessage, seen: Perspective): DatedChange | undefined {
  const target = referenceOf(update.pollCreationMessageKey, seen)
  const { encPayload, encIv } = update.vote ?? {}
  if (!target || !encPayload || encIv?.length !== 12 || encPayload.length > maxVoteBytes) return undefined
  const vote = {
    payload: Buffer.from(encPayload).toString('base64'),
    iv: Buffer.from(encIv).toString('base64'),
  }
  return { change: { kind: 'vote', target, vote }, at: momentOf(update.senderTimestampMs) }
}

function readProtocol(protocol: proto.Message.IProtocolMessage, seen: Perspective): DatedChange | undefined {
  if (protocol.type === Type.EPHEMERAL_SETTING) {
    const seconds = numberWithin(protocol.ephemeralExpiration ?? 0, 0, maxTimerSeconds)
    const at = momentOf(Number(protocol.ephemeralSettingTimestamp ?? 0) * 1000)
    return seconds === undefined ? undefined : { change: { kind: 'timer', seconds }, at }
  }
  const target = referenceOf(protocol.key, seen)
  if (!target) return undefined
  if (protocol.type === Type.REVOKE) return { change: { kind: 'delete', target }, at: undefined }
  if (protocol.type !== Type.MESSAGE_EDIT || !protocol.editedMessage) return undefined
  const edited = readEdited(unwrapped(protocol.editedMessage).content)
  // An unreadable edit is kept as an unsupported message.
  return edited && { change: { kind: 'edit', target, ...edited }, at: momentOf(protocol.timestampMs) }
}
