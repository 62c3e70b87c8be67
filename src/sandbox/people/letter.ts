import {
  normalizeMessageContent,
  proto,
  unpadRandomMax16,
  writeRandomPadMax16,
} from '@whiskeysockets/baileys'
import { BoundedMap } from '../../util/bounded-map.ts'
import { encoded } from './newer-fields.ts'
import type { Attributes } from '../protocol/nodes.ts'
import type { SignalParty } from '../protocol/signal-party.ts'

/** Holds a message on its way to one account's companions, encrypted for each of them. */
export interface Letter {
  readonly party: SignalParty
  readonly attributes: Attributes
  readonly plaintext: Buffer
  readonly group?: GroupSeal
}

/** Holds a group message, encrypted once for all holders of the writer's sender key. */
interface GroupSeal {
  readonly id: string
  readonly ciphertext: Buffer
  /** The key, for devices that do not have it. */
  readonly distribution: Buffer
}

/** `inactive`: delivered to a companion that is not available. `refused`: it sent an error. */
export type SentStatus = 'queued' | 'inactive' | 'delivered' | 'read' | 'played' | 'refused'

/** Holds a message written by a simulated person or on the owner's phone. */
export interface SentMessage {
  readonly id: string
  /** Epoch milliseconds. */
  readonly sentAt: number
  status: SentStatus
  /** Kept while a companion may still ask for it again. */
  letter: Letter | undefined
}

const rank: Record<SentStatus, number> = {
  queued: 0,
  refused: 1,
  inactive: 2,
  delivered: 3,
  read: 4,
  played: 5,
}
const kept = 50_000

/** Keeps one person's sent messages and their statuses; forgets the oldest. */
export class SentLog {
  readonly #messages = new Map<string, SentMessage>()
  readonly #counts = new Map<SentStatus, number>()
  /** Secrets of messages, in base64, that decrypt votes, answers and edits: the author makes some, too. */
  readonly secrets = new BoundedMap<string, string>(1000)

  add(id: string, sentAt: number, letter: Letter): void {
    const previous = this.#messages.get(id)
    if (previous) this.#count(previous.status, -1)
    this.#messages.set(id, { id, sentAt, status: 'queued', letter })
    this.#count('queued', 1)
    // The counts stay.
    if (this.#messages.size <= kept) return
    const oldest = this.#messages.keys().next().value
    if (oldest !== undefined) this.#messages.delete(oldest)
  }

  /** Remembers a message's secret, if it has one. */
  learn(id: string, { messageContextInfo }: proto.IMessage): void {
    const secret = messageContextInfo?.messageSecret
    if (secret) this.secrets.set(id, Buffer.from(secret).toString('base64'))
  }

  get(id: string): SentMessage | undefined {
    return this.#messages.get(id)
  }

  /** Advances a status; it never goes back. */
  settle(id: string, status: SentStatus): void {
    const message = this.#messages.get(id)
    if (!message) return
    if (rank[status] > rank[message.status]) {
      this.#count(message.status, -1)
      this.#count(status, 1)
      message.status = status
    }
    if (status !== 'refused') message.letter = undefined
  }

  countByStatus(): Record<string, number> {
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0))
  }

  #count(status: SentStatus, by: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + by)
  }
}

/** Adds the sender key, alone or with a message that is sent to a single device. */
export function withDistribution(group: string, distribution: Buffer, message: proto.IMessage = {}): Buffer {
  const senderKeyDistributionMessage = {
    groupId: group,
    axolotlSenderKeyDistributionMessage: distribution,
  }
  return sealMessage({ ...message, senderKeyDistributionMessage })
}

/** Encodes and pads a message for encryption. */
export function sealMessage(message: proto.IMessage): Buffer {
  return Buffer.from(writeRandomPadMax16(encoded(message)))
}

/** Encodes a message that travels unencrypted. */
export function encodePost(message: proto.IMessage): Buffer {
  return Buffer.from(proto.Message.encode(message).finish())
}

/** Returns the content of a letter; for a copy to own devices, the sent message. */
export function openMessage(letter: Letter | undefined): proto.IMessage | undefined {
  if (!letter) return undefined
  const message = proto.Message.decode(unpadRandomMax16(letter.plaintext))
  return message.deviceSentMessage?.message ?? message
}

/** Returns the `type` of a message stanza. */
export function stanzaTypeOf(message: proto.IMessage): string {
  const content = normalizeMessageContent(message)
  if (content?.reactionMessage) return 'reaction'
  const poll =
    content?.pollCreationMessage ?? content?.pollCreationMessageV2 ?? content?.pollCreationMessageV3
  if (poll ?? content?.pollUpdateMessage) return 'poll'
  if (content?.eventMessage) return 'event'
  const media = content?.imageMessage ?? content?.videoMessage ?? content?.audioMessage
  return (media ?? content?.documentMessage ?? content?.stickerMessage) ? 'media' : 'text'
}
