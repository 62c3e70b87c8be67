import type { MessageId } from './ids.ts'
import type { MessageKind } from './message-kind.ts'

/** The message that a reply stands under, as far as the reply says. */
export interface Quote {
  waId: string
  fromMe: boolean
  /** Who wrote it: a jid; null where the reply does not say. */
  participant: string | null
  kind: MessageKind
  /** Its words, cut; data of the one who replies, so not to be believed. */
  text: string
  /** Our row of it, where there was one when the reply came. */
  messageId?: MessageId
}

/** The advertisement through which somebody came to write (click to WhatsApp). */
export interface AdReferral {
  title: string
  body: string
  /** Empty where it is no web address. */
  sourceUrl: string
  sourceId: string
  /** Tells the advertiser's systems which click it was. */
  clickId: string
}

export interface LinkPreview {
  url: string
  title: string
  description: string
}

export interface Place {
  /** Degrees, north and east positive. */
  latitude: number
  longitude: number
  name: string
  address: string
  /** It moves: the position of a person who shares it for a while. */
  live: boolean
}

export interface ContactCard {
  name: string
  /** International numbers as written on the card. */
  phones: string[]
  vcard: string
}

export interface Poll {
  question: string
  options: string[]
  /** How many may be chosen; 0 means any number. */
  selectable: number
  /** SHA-256 of each option as it was sent (hex), where what we show of one is not that. */
  hashes?: string[]
  /** Others may add options. */
  open?: true
}

/** An option that somebody adds to a poll. */
export interface PollOption {
  name: string
  /** SHA-256 of it as it was sent (hex). */
  hash: string
}

/** What WhatsApp tells of an event, an order or a product: name and value. */
export type Facts = Record<string, string | number>

export const eventAnswers = ['going', 'not_going', 'maybe'] as const

/** What somebody answers to an invitation. */
export interface EventAnswer {
  /** Null: the answer was taken back. */
  answer: (typeof eventAnswers)[number] | null
  /** How many others they bring. */
  guests: number
}

/** What was tapped in a list or on a button; ids are those of the one who offered it. */
export interface Choice {
  id: string
  title: string
  description: string
}

/** Something that can be tapped in what a business sends. */
export interface OfferOption {
  /** `code`: to be copied; `row`: of a list; `other`: what this version does not know. */
  kind: 'reply' | 'row' | 'link' | 'call' | 'code' | 'other'
  title: string
  description: string
  /** The address, the number or the code; else the id by which the business knows it. */
  value: string
}

/** What a business sends to be tapped on, beside its words. */
export interface Offer {
  title: string
  footer: string
  options: OfferOption[]
  /** The cards of a carousel. */
  cards?: { title: string; text: string; options: OfferOption[] }[]
}

/** The message that a file belongs to, and how. */
export interface PartOf {
  /** `better`: the same picture or video once more in a higher quality; `motion`: the few seconds around a picture. */
  relation: 'better' | 'motion' | 'album' | 'other'
  /** WhatsApp's id of the message, or of the album, of which there is no message. */
  waId: string
  /** Our row of it, where there was one when the file came. */
  messageId?: MessageId
}

/** Whether a file only shows once more what another message has shown: nobody has to look at it again. */
export function isTwin(details: MessageDetails | null): boolean {
  const { relation, messageId } = details?.partOf ?? {}
  return messageId !== undefined && (relation === 'better' || relation === 'motion')
}

/** What a media message says of its file; the sender's word, to be checked against the bytes. */
export interface MediaFacts {
  mimeType: string
  fileName: string
  sizeBytes: number
  seconds: number | null
  width: number | null
  height: number | null
  /** A voice note, as against a piece of music. */
  voice: boolean
  /** A video that is shown like a GIF; a sticker that moves. */
  animated: boolean
  /** Of a voice note: how loud it is from beginning to end, in equal steps of one byte each, 0 to 100; base64. */
  waveform?: string
}

/** Names a message as WhatsApp does, from the account's point of view. */
export interface MessageRef {
  waId: string
  fromMe: boolean
  /** In groups: who wrote it, as far as that is said. */
  participant: string | null
}

/** What a message does to another one that went before it. */
export interface MessageAction {
  target: MessageRef
  /** The jid of the chat as it was written to. */
  chat: string
  /** The emoji of a reaction, empty to take it back; the new words of an edit. */
  text: string
  /** Epoch milliseconds: every try says the same. */
  at: number
  /** Whether the words that it takes away are kept. */
  keepFormer: boolean
  /** Where the words of a file are edited: that file, which phones are told of once more. */
  file?: { kind: MessageKind; media: MediaFacts; upload: MediaSource }
}

/** What a message carries besides its kind and words. A plain text carries none of it. */
export interface MessageDetails {
  quote?: Quote
  /** Jids of the people whom the text names with an @. */
  mentions?: string[]
  /** How often it was passed on. */
  forwarded?: number
  /** It may be looked at once only; its content is not kept. */
  viewOnce?: true
  /** Seconds after which the phones forget it. */
  disappearsAfter?: number
  ad?: AdReferral
  linkPreview?: LinkPreview
  media?: MediaFacts
  /** Where the file of an outgoing message lies at WhatsApp: part of what every try sends, and never shown. */
  upload?: MediaSource
  place?: Place
  contacts?: ContactCard[]
  poll?: Poll
  choice?: Choice
  offer?: Offer
  partOf?: PartOf
  /** Events, orders, products, invitations, answers to forms, calls, as WhatsApp tells them: name and value, shown and not acted on. */
  facts?: Facts
  /** Base64, 32 bytes: opens the votes on a poll, the answers to an event, and edits of the message. Shown to nobody. */
  secret?: string
  /** Only of outgoing reactions, edits and deletions. */
  action?: MessageAction
}

/** Where the encrypted file of a message lies and how it is opened. Keys and hashes are base64. */
export interface MediaSource {
  directPath: string
  url: string | null
  mediaKey: string
  /** Of the plain file. */
  sha256: string
  /** Of the file as it lies on the server. */
  encryptedSha256: string
  keyTimestamp: number | null
}
