import type { ChatKind } from '../chats/chat.ts'
import type {
  EventAnswer,
  Facts,
  MediaSource,
  MessageDetails,
  MessageRef,
  Poll,
  PollOption,
} from '../../core/content.ts'
import type { MessageKind, Origin } from './message.ts'
import type { SealUse, Sealed } from './sealed.ts'

/** Under which addresses a person or group is met: both forms where a stanza carries both. */
export interface ChatAddress {
  kind: ChatKind
  /** Digits, where the phone number is known. */
  phone: string | null
  /** The whole LID jid, where it is known. */
  lid: string | null
  /** The jid of a group, of the status posts or of a channel; null for persons. */
  group: string | null
}

/** The file that a message came with. */
export interface IncomingFile {
  source: MediaSource
  /** A small JPEG, bounded; never looked into. */
  thumbnail: Uint8Array | null
}

/** A message that WhatsApp brought: from a customer, from the owner's phone, or out of the history. */
export interface IncomingMessage {
  chat: ChatAddress
  waId: string
  /** Written by the account itself: on the phone or another linked device. */
  fromMe: boolean
  /** In groups and of status posts: who wrote it. */
  participant: string | null
  /** There: the other one of LID and phone jid of whoever wrote it, where the stanza tells it. */
  participantAlt?: string | null
  /** The name that the sender chose for itself; hostile text. */
  pushName: string | null
  kind: MessageKind
  text: string
  details: MessageDetails | null
  /** Left out where there is none, or none that is kept. */
  file?: IncomingFile
  sentAt: Date
  origin: Origin
  /** The protobuf of what we could not make sense of. */
  proto: Uint8Array | null
  /** What it does to another message, where that is sealed: until it can be opened, it is a message that cannot be read. */
  sealed?: IncomingChange
}

/** Something that WhatsApp brought and that is no message of its own: it does something to one, or to its chat. */
export interface IncomingChange {
  chat: ChatAddress
  /** The id of the stanza that tells of it. */
  waId: string
  /** Made by the account itself, on the phone or another linked device. */
  fromMe: boolean
  /** In groups: every address of whoever made it; empty in a chat of two. */
  by: readonly string[]
  /** When it was made, by the clock of whoever made it. */
  at: Date
  origin: Origin
  change: Change
}

export type Change =
  /** An empty emoji takes the reaction back. */
  | { kind: 'reaction'; target: MessageRef; emoji: string }
  /** `facts` of an event, or the `poll`: they are changed as a whole. */
  | { kind: 'edit'; target: MessageRef; text: string; facts?: Facts; poll?: Poll }
  /** Somebody adds options to a poll. */
  | { kind: 'options'; target: MessageRef; options: PollOption[] }
  | { kind: 'delete'; target: MessageRef }
  | { kind: 'vote'; target: MessageRef; vote: Sealed | OpenVote }
  /** Somebody says whether they come to an event. */
  | { kind: 'answer'; target: MessageRef; answer: EventAnswer }
  /** What nobody has opened yet: an edit, an answer, a reaction, options of a poll. */
  | { kind: 'sealed'; target: MessageRef; use: Exclude<SealUse, 'Poll Vote'>; sealed: Sealed }
  /** From now on messages of the chat disappear after so many seconds; 0: they stay. */
  | { kind: 'timer'; seconds: number }

/** What was sealed, once it is open. */
export type OpenedChange = { at?: Date | undefined } & (
  | { kind: 'edit'; text: string; facts?: Facts; poll?: Poll }
  | { kind: 'options'; options: PollOption[] }
  | { kind: 'answer'; answer: EventAnswer }
  | { kind: 'reaction'; emoji: string }
)

/** As the phone's history tells it: SHA-256 of each chosen option, hex. */
export interface OpenVote {
  chosen: string[]
}

/** Everything that comes in, in the order in which it came. */
export type Incoming = IncomingMessage | IncomingChange

/** What a recipient's device said of messages that this account sent. */
export interface Receipt {
  waIds: readonly string[]
  status: 'delivered' | 'read'
  at: Date
}

/** That a person is known by both. */
export interface LidMapping {
  /** The whole LID jid. */
  lid: string
  /** Digits. */
  phone: string
}

/** A name for a person from the address book or from what the person calls itself. */
export interface ContactName {
  chat: ChatAddress
  name: string | null
  pushName: string | null
}
