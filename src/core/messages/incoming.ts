import type { ChatAddress } from '../chat-address.ts'
import type { EventAnswer, Facts, MediaSource, MessageRef, Poll, PollOption } from '../content.ts'
import type { MessageBody } from '../message-body.ts'
import type { Origin } from './status.ts'
import type { SealUse, Sealed } from './sealed.ts'

/** Describes the file that a message came with. */
export interface IncomingFile {
  source: MediaSource
  /** A small JPEG of limited size; never decoded. */
  thumbnail: Uint8Array | null
}

/** Holds a message from WhatsApp, without its kind and the details of that kind. */
interface IncomingHead {
  chat: ChatAddress
  waId: string
  /** Written by the account itself: on the phone or another linked device. */
  fromMe: boolean
  /** In groups and for status posts: the author. */
  participant: string | null
  /** The author's other address, LID or phone jid, if the stanza states it. */
  participantAlt?: string | null
  /** The name that the sender chose; hostile text. */
  pushName: string | null
  /** The username of the author, in a one-to-one chat of the other person; undefined if the stanza states none. */
  username?: string
  text: string
  /** Undefined if the message has no file, or one that is not kept. */
  file?: IncomingFile
  sentAt: Date
  origin: Origin
  /** The protobuf of unsupported content. */
  proto: Uint8Array | null
  /** The encrypted change it makes to another message; until decrypted, it is an unreadable message. */
  sealed?: IncomingChange
}

/** Holds a message from WhatsApp: of a customer, from the owner's phone, or from the history. */
export type IncomingMessage = IncomingHead & MessageBody

/** Holds a stanza that is no message of its own but changes one, or its chat. */
export interface IncomingChange {
  chat: ChatAddress
  /** The stanza's id. */
  waId: string
  /** Made by the account itself, on the phone or another linked device. */
  fromMe: boolean
  /** In groups: every address of the author; empty in a one-to-one chat. */
  by: readonly string[]
  /** Time of the change, by its author's clock. */
  at: Date
  origin: Origin
  change: Change
}

/** Describes the change that a stanza makes to a message or a chat. */
export type Change =
  /** An empty emoji withdraws the reaction. */
  | { kind: 'reaction'; target: MessageRef; emoji: string }
  /** `facts` of an event, or the `poll`: replaced as a whole. */
  | { kind: 'edit'; target: MessageRef; text: string; facts?: Facts; poll?: Poll }
  /** Adds options to a poll. */
  | { kind: 'options'; target: MessageRef; options: PollOption[] }
  | { kind: 'delete'; target: MessageRef }
  | { kind: 'vote'; target: MessageRef; vote: Sealed | OpenVote }
  /** Answers an event. */
  | { kind: 'answer'; target: MessageRef; answer: EventAnswer }
  /** Not decrypted yet: an edit, an answer, a reaction, options of a poll. */
  | { kind: 'sealed'; target: MessageRef; use: Exclude<SealUse, 'Poll Vote'>; sealed: Sealed }
  /** Messages of the chat disappear after this many seconds from now on; 0: never. */
  | { kind: 'timer'; seconds: number }

/** Holds the content of a sealed change, once decrypted. */
export type OpenedChange = { at?: Date | undefined } & (
  | { kind: 'edit'; text: string; facts?: Facts; poll?: Poll }
  | { kind: 'options'; options: PollOption[] }
  | { kind: 'answer'; answer: EventAnswer }
  | { kind: 'reaction'; emoji: string }
)

/** Holds a vote from the phone's history: SHA-256 of each chosen option, hex. */
export interface OpenVote {
  chosen: string[]
}

/** Everything that comes in, in order of arrival. */
export type Incoming = IncomingMessage | IncomingChange

/** Holds a recipient's device's report about messages that this account sent. */
export interface Receipt {
  waIds: readonly string[]
  status: 'delivered' | 'read'
  at: Date
}

/** States that a LID and a number are one person. */
export interface LidMapping {
  /** The whole LID jid. */
  lid: string
  /** Digits. */
  phone: string
}

/** Holds a person's name from the address book, or the name the person chose. */
export interface ContactName {
  chat: ChatAddress
  name: string | null
  pushName: string | null
  username?: string
}
