import { proto } from '@whiskeysockets/baileys'
import type { MessageRef } from '../../domain/content.ts'
import type { Change } from '../../domain/incoming.ts'
import { jidOf, label, momentOf, numberWithin } from './checked.ts'
import { isMe } from './context.ts'
import type { Perspective } from './context.ts'
import { firstReading } from './kinds.ts'
import { unwrapped } from './unwrap.ts'

const { Type } = proto.Message.ProtocolMessage
const longestTimer = 10 * 365 * 24 * 60 * 60

/** A change and when it was made, by the clock of whoever made it; undefined where that is not said. */
export interface DatedChange {
  change: Change
  at: Date | undefined
}

/** What a stanza does to another message or to its chat; undefined where it is a message of its own or makes no sense. */
export function readChange(message: proto.IMessage, seen: Perspective): DatedChange | undefined {
  const { content } = unwrapped(message)
  const { reactionMessage, pollUpdateMessage, protocolMessage } = content
  if (reactionMessage) return readReaction(reactionMessage, seen)
  if (pollUpdateMessage) return readVote(pollUpdateMessage, seen)
  return protocolMessage ? readProtocol(protocolMessage, seen) : undefined
}

export function readReaction(
  reaction: proto.Message.IReactionMessage | proto.IReaction,
  seen: Perspective,
): DatedChange | undefined {
  const target = referenceOf(reaction.key, seen)
  // An emoji with all its parts has at most some thirty units.
  const change = target && ({ kind: 'reaction', target, emoji: label(reaction.text, 40) } as const)
  return change && { change, at: momentOf(reaction.senderTimestampMs) }
}

const largestVote = 16_384

function readVote(update: proto.Message.IPollUpdateMessage, seen: Perspective): DatedChange | undefined {
  const target = referenceOf(update.pollCreationMessageKey, seen)
  const { encPayload, encIv } = update.vote ?? {}
  if (!target || !encPayload || encIv?.length !== 12 || encPayload.length > largestVote) return undefined
  const vote = {
    payload: Buffer.from(encPayload).toString('base64'),
    iv: Buffer.from(encIv).toString('base64'),
  }
  return { change: { kind: 'vote', target, vote }, at: momentOf(update.senderTimestampMs) }
}

function readProtocol(protocol: proto.Message.IProtocolMessage, seen: Perspective): DatedChange | undefined {
  if (protocol.type === Type.EPHEMERAL_SETTING) {
    const seconds = numberWithin(protocol.ephemeralExpiration ?? 0, 0, longestTimer)
    const at = momentOf(Number(protocol.ephemeralSettingTimestamp ?? 0) * 1000)
    return seconds === undefined ? undefined : { change: { kind: 'timer', seconds }, at }
  }
  const target = referenceOf(protocol.key, seen)
  if (!target) return undefined
  if (protocol.type === Type.REVOKE) return { change: { kind: 'delete', target }, at: undefined }
  if (protocol.type !== Type.MESSAGE_EDIT || !protocol.editedMessage) return undefined
  const edited = firstReading(unwrapped(protocol.editedMessage).content)
  // What we cannot read is kept as a message that we cannot read.
  if (!edited) return undefined
  return {
    change: { kind: 'edit', target, text: edited.reading.text },
    at: momentOf(protocol.timestampMs),
  }
}

/**
 * The message that a key names, from the account's point of view. Keys are written from that of their sender: in a chat of two
 * what is theirs is not ours, in groups the author is named.
 */
export function referenceOf(
  key: proto.IMessageKey | null | undefined,
  seen: Perspective,
): MessageRef | undefined {
  const waId = label(key?.id, 100)
  if (!key || waId === '') return undefined
  const group = seen.key.remoteJid?.endsWith('@g.us') === true
  const named = jidOf(key.participant)
  if (seen.key.fromMe === true)
    return { waId, fromMe: key.fromMe === true, participant: group ? named : null }
  if (!group) return { waId, fromMe: key.fromMe !== true, participant: null }
  if (key.fromMe === true) return { waId, fromMe: false, participant: jidOf(seen.key.participant) }
  const fromMe = isMe(named, seen)
  return { waId, fromMe, participant: fromMe ? null : named }
}
