import { proto } from '@whiskeysockets/baileys'
import type { EventAnswer } from '../../core/content.ts'
import type { Change, OpenedChange } from '../../core/messages/incoming.ts'
import type { SealedContents } from '../../core/ports.ts'
import type { SealUse } from '../../core/messages/sealed.ts'
import { label, maxEmojiLength, momentOf, numberWithin } from './checked.ts'
import type { Perspective } from './context.ts'
import { hashOf } from '../../features/messages/changes/poll-vote.ts'
import { readEdited } from './kinds/kinds.ts'
import { addedOptions } from './newer-fields.ts'
import { referenceOf } from './reference.ts'
import { unwrapped } from './unwrap.ts'

const { SecretEncType } = proto.Message.SecretEncryptedMessage
const { EventResponseType } = proto.Message.EventResponseMessage
const { Type } = proto.Message.ProtocolMessage

/** Enough for the longest text, and for what accompanies a caption. */
const maxSealedBytes = 300_000
const maxGuests = 100

type SealedChange = Extract<Change, { kind: 'sealed' }>

/**
 * Reads an edit, an answer to an event, or a reaction in a community that hides its author, which only the message's
 * secret decrypts; undefined for other content.
 */
export function readSealed(content: proto.IMessage, seen: Perspective): SealedChange | undefined {
  const { secretEncryptedMessage: edit, encEventResponseMessage: answer } = content
  const { encReactionMessage: reaction } = content
  if (answer) return sealedOf('Event Response', answer.eventCreationMessageKey, { parts: answer, seen })
  if (reaction) return sealedOf('Enc Reaction', reaction.targetMessageKey, { parts: reaction, seen })
  if (!edit) return undefined
  const use = useOf(edit.secretEncType)
  return use && sealedOf(use, edit.targetMessageKey, { parts: edit, seen })
}

/**
 * Kinds of sealed edits with the word that enters their key, as in whatsmeow's msgsecret.go. The last two are newer than the
 * library; whatsmeow (August 2026) opens an added option with the word `Poll Edit`.
 */
const uses = new Map<number, SealedChange['use']>([
  [SecretEncType.EVENT_EDIT, 'Event Edit'],
  [SecretEncType.MESSAGE_EDIT, 'Message Edit'],
  [4, 'Poll Edit'],
  [5, 'Poll Add Option'],
])

function useOf(type: proto.Message.SecretEncryptedMessage.SecretEncType | null | undefined) {
  return uses.get(type ?? SecretEncType.UNKNOWN)
}

function sealedOf(
  use: SealedChange['use'],
  key: proto.IMessageKey | null | undefined,
  {
    parts,
    seen,
  }: {
    parts: { encPayload?: Uint8Array | null; encIv?: Uint8Array | null }
    seen: Perspective
  },
): SealedChange | undefined {
  const target = referenceOf(key, seen)
  const { encPayload, encIv } = parts
  if (!target || !encPayload || encIv?.length !== 12 || encPayload.length > maxSealedBytes) return undefined
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return { kind: 'sealed', target, use, sealed: { payload: base64(encPayload), iv: base64(encIv) } }
}

/** Reads a person's answer to an event; undefined for an answer that this version does not know. */
export function readAnswer(
  response: proto.Message.IEventResponseMessage | null | undefined,
): EventAnswer | undefined {
  if (!response) return undefined
  const guests = numberWithin(response.extraGuestCount ?? 0, 0, maxGuests) ?? 0
  switch (response.response) {
    case EventResponseType.GOING:
      return { answer: 'going', guests }
    case EventResponseType.NOT_GOING:
      return { answer: 'not_going', guests: 0 }
    case EventResponseType.MAYBE:
      return { answer: 'maybe', guests }
    case EventResponseType.UNKNOWN:
      return { answer: null, guests: 0 }
    default:
      return undefined
  }
}

export const sealedContents: SealedContents = {
  read(use: SealUse, plain: Uint8Array): OpenedChange | undefined {
    try {
      if (use === 'Event Response') return openedAnswer(proto.Message.EventResponseMessage.decode(plain))
      if (use === 'Enc Reaction') return openedReaction(proto.Message.ReactionMessage.decode(plain))
      if (use === 'Poll Add Option') return openedOptions(proto.Message.decode(plain))
      return openedEdit(proto.Message.decode(plain))
    } catch {
      // Invalid protobuf.
      return undefined
    }
  },
}

function openedAnswer(response: proto.Message.IEventResponseMessage): OpenedChange | undefined {
  const answer = readAnswer(response)
  return answer && { kind: 'answer', answer, at: momentOf(response.timestampMs) }
}

function openedReaction({ text, senderTimestampMs }: proto.Message.IReactionMessage): OpenedChange {
  return { kind: 'reaction', emoji: label(text, maxEmojiLength), at: momentOf(senderTimestampMs) }
}

function openedOptions(message: proto.IMessage): OpenedChange | undefined {
  const names = addedOptions(unwrapped(message).content)
  if (names.length === 0) return undefined
  return { kind: 'options', options: names.map((name) => ({ name: label(name), hash: hashOf(name) })) }
}

/** Reads a decrypted edit: phones encrypt it as it would travel unencrypted; for an event it may be the new event. */
function openedEdit(message: proto.IMessage): OpenedChange | undefined {
  const { content } = unwrapped(message)
  const { protocolMessage } = content
  if (!protocolMessage) {
    const read = readEdited(content)
    return read && { kind: 'edit', ...read }
  }
  if (protocolMessage.type !== Type.MESSAGE_EDIT || !protocolMessage.editedMessage) return undefined
  const read = readEdited(unwrapped(protocolMessage.editedMessage).content)
  return read && { kind: 'edit', ...read, at: momentOf(protocolMessage.timestampMs) }
}
