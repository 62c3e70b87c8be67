import type { BinaryNode, proto } from '@whiskeysockets/baileys'
import type { BodyOf } from '../../../core/message-body.ts'
import type { MessageKind } from '../../../core/message-kind.ts'
import type { Reading } from '../reading.ts'

/** Readers of fields of WhatsApp's protobuf. */
export type Readers = { [F in keyof proto.IMessage]?: (part: NonNullable<proto.IMessage[F]>) => Reading }

/** Holds the surroundings of a message's content: quote, mentions, forwarding, timer. */
export interface Context {
  contextInfo?: proto.IContextInfo
}

/** Describes a stored message of one kind on its way out. */
export type SentOf<K extends MessageKind> = BodyOf<K> & { text: string; thumbnail?: Uint8Array }

/** Holds the attributes that the stanza of a message carries besides its id. */
export interface StanzaAttributes {
  additionalAttributes?: Record<string, string>
  additionalNodes?: BinaryNode[]
}

/** Reads and writes one kind of message. */
export interface KindModule<K extends MessageKind> {
  /** Reads the fields of the protobuf that hold it. Every part of them is hostile: bounded and cleaned there. */
  read: Readers
  /**
   * Writes a stored message as protobuf, the same for every try; null for a kind that this account does not send.
   * @throws where the row lacks what such a message consists of
   */
  write: ((message: SentOf<K>, context: Context) => proto.IMessage) | null
  /** Writes as much of a quoted message as phones need if they no longer have it. */
  quote(text: string): proto.IMessage
  /** True for a kind that is edited, voted on, answered or (where encrypted) reacted to with the message's secret. */
  hasSecret: boolean
  /** The attributes by which WhatsApp's server handles it. */
  stanza?: StanzaAttributes
}

/** Quotes a message by its words. */
export const quoteWords = (text: string): proto.IMessage => ({ conversation: text })
