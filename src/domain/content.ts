/** The message that a reply stands under, as far as the reply says. */
export interface Quote {
  waId: string
  fromMe: boolean
  /** Who wrote it, in groups; a jid. */
  participant: string | null
  /** Its words, cut; data of the one who replies, so not to be believed. */
  text: string
}

/** The advertisement through which somebody came to write (click to WhatsApp). */
export interface AdReferral {
  title: string
  body: string
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
}

/** What was tapped in a list or on a button; ids are those of the one who offered it. */
export interface Choice {
  id: string
  title: string
  description: string
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
  place?: Place
  contacts?: ContactCard[]
  poll?: Poll
  choice?: Choice
  /** Events, orders and products, as WhatsApp tells them: name and value, shown and not acted on. */
  facts?: Record<string, string | number>
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
