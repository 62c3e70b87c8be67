import type { MessageId } from './ids.ts'
import type { MessageKind } from './message-kind.ts'

/** Names the message that a reply quotes, as far as the reply says. */
export interface Quote {
  waId: string
  fromMe: boolean
  /** The author's jid; null if the reply does not state it. */
  participant: string | null
  kind: MessageKind
  /** Its words, cut; claimed by the person who replies, so not trustworthy. */
  text: string
  /** Our row of it, if it existed when the reply came. */
  messageId?: MessageId
}

/** Describes the advertisement through which a customer came to write (click to WhatsApp). */
export interface AdReferral {
  title: string
  body: string
  /** Empty if it is no web address. */
  sourceUrl: string
  sourceId: string
  /** Identifies the click to the advertiser's systems. */
  clickId: string
}

/** Holds the preview of a web page. */
export interface LinkPreview {
  url: string
  title: string
  description: string
}

/** Describes a location, fixed or live. */
export interface Place {
  /** Degrees, north and east positive. */
  latitude: number
  longitude: number
  name: string
  address: string
  /** True for a position that is shared for a while and moves. */
  live: boolean
}

/** Holds a contact's card. */
export interface ContactCard {
  name: string
  /** International numbers as written on the card. */
  phones: string[]
  vcard: string
}

/** Describes a poll. */
export interface Poll {
  question: string
  options: string[]
  /** The maximum number of choices; 0 means any number. */
  selectable: number
  /** SHA-256 of each option as sent (hex), if the shown text differs from it. */
  hashes?: string[]
  /** Others may add options. */
  open?: true
}

/** Describes an option that a person adds to a poll. */
export interface PollOption {
  name: string
  /** SHA-256 of the option as sent (hex). */
  hash: string
}

/** Holds WhatsApp's facts about an event, order or product: name and value. */
export type Facts = Record<string, string | number>

export const eventAnswers = ['going', 'not_going', 'maybe'] as const

/** Holds an answer to an invitation. */
export interface EventAnswer {
  /** Null: the answer was withdrawn. */
  answer: (typeof eventAnswers)[number] | null
  /** The number of additional guests. */
  guests: number
}

/** Holds the tapped list entry or button; ids are those of the sender who offered it. */
export interface Choice {
  id: string
  title: string
  description: string
}

/** Describes an option to tap in a business's message. */
export interface OfferOption {
  /** `code`: to be copied; `row`: a list entry; `other`: unknown to this version. */
  kind: 'reply' | 'row' | 'link' | 'call' | 'code' | 'other'
  title: string
  description: string
  /** The address, number or code; else the id by which the business knows it. */
  value: string
}

/** Holds a business's options to tap, besides its words. */
export interface Offer {
  title: string
  footer: string
  options: OfferOption[]
  /** The cards of a carousel. */
  cards?: { title: string; text: string; options: OfferOption[] }[]
}

/** Names the message that a file belongs to, and how. */
export interface PartOf {
  /** `better`: the same picture or video in a higher quality; `motion`: the seconds around a picture. */
  relation: 'better' | 'motion' | 'album' | 'other'
  /** WhatsApp's id of the message, or of the album, which is no message of ours. */
  waId: string
  /** Our row of it, if it existed when the file came. */
  messageId?: MessageId
}

/** Holds the facts that a media message states about its file; the sender's claim, to be checked against the bytes. */
export interface MediaFacts {
  mimeType: string
  fileName: string
  sizeBytes: number
  seconds: number | null
  width: number | null
  height: number | null
  /** True for a voice note, false for music. */
  voice: boolean
  /** A video shown like a GIF; a moving sticker. */
  animated: boolean
  /** For voice notes: the loudness over time, in equal steps of one byte each, 0 to 100; base64. */
  waveform?: string
}

/** Identifies a message as WhatsApp does, from the account's point of view. */
export interface MessageRef {
  waId: string
  fromMe: boolean
  /** In groups: the author, as far as stated. */
  participant: string | null
}

/** Describes a change to an earlier message, as it is sent. */
export interface MessageAction {
  target: MessageRef
  /** The chat's jid as it was written to. */
  chat: string
  /** The emoji of a reaction, empty to withdraw it; the new words of an edit. */
  text: string
  /** Epoch milliseconds; every try repeats the same. */
  at: number
  /** True if the removed words are kept. */
  keepFormer: boolean
  /** For an edited caption: the file, which phones are told about again. */
  file?: { kind: MessageKind; media: MediaFacts; upload: MediaSource }
}

/** Says where a message's encrypted file is stored, and how to decrypt it. Keys and hashes are base64. */
export interface MediaSource {
  directPath: string
  url: string | null
  mediaKey: string
  /** The decrypted file's hash, base64. */
  sha256: string
  /** The hash of the file as stored on the server, base64. */
  encryptedSha256: string
  keyTimestamp: number | null
}
