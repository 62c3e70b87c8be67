import type {
  AdReferral,
  Choice,
  ContactCard,
  Facts,
  LinkPreview,
  MediaFacts,
  MediaSource,
  MessageAction,
  Offer,
  PartOf,
  Place,
  Poll,
  Quote,
} from './content.ts'
import type { MessageKind } from './message-kind.ts'

/** Holds the details that messages of any kind may have. */
export interface MessageContext {
  quote?: Quote
  /** Jids of the people mentioned with an @. */
  mentions?: string[]
  /** Times that it was forwarded. */
  forwarded?: number
  /** It may be viewed only once; its content is not kept. */
  viewOnce?: true
  /** Seconds after which phones delete it. */
  disappearsAfter?: number
  ad?: AdReferral
  partOf?: PartOf
  /** Base64, 32 bytes: decrypts votes on a poll, answers to an event, and edits of the message. Never shown. */
  secret?: string
}

interface FileDetails {
  media?: MediaFacts
  /** Address of an outgoing message's file at WhatsApp: sent with every try, never shown. */
  upload?: MediaSource
  offer?: Offer
}

/** Only for outgoing reactions, edits and deletions. */
interface ActionDetails {
  action?: MessageAction
}

type Nothing = Record<never, never>

/**
 * Holds the details of messages of one kind. All are optional: a message that was deleted or may be seen only once keeps its
 * kind and loses its content.
 */
export interface KindDetails {
  /** `facts`: a form answer, an invitation, a request for money. */
  text: { linkPreview?: LinkPreview; choice?: Choice; offer?: Offer; facts?: Facts }
  image: FileDetails
  video: FileDetails
  audio: FileDetails
  document: FileDetails
  sticker: FileDetails
  location: { place?: Place; offer?: Offer }
  contact: { contacts?: ContactCard[] }
  poll: { poll?: Poll }
  event: { facts?: Facts }
  order: { facts?: Facts }
  product: { facts?: Facts; offer?: Offer }
  call: { facts?: Facts }
  reaction: ActionDetails
  edit: ActionDetails
  delete: ActionDetails
  unsupported: Nothing
  undecryptable: Nothing
}

/** Holds all details of a message of a kind besides its words. */
export type DetailsOf<K extends MessageKind> = K extends MessageKind ? MessageContext & KindDetails[K] : never

/** Holds a kind and the details of its messages besides their words; null for a message without details. */
export type BodyOf<K extends MessageKind> = K extends MessageKind
  ? { kind: K; details: DetailsOf<K> | null }
  : never

/** Holds the content of a message besides its words. `kind` says which details it may have. */
export type MessageBody = BodyOf<MessageKind>

/** Holds the details of a message of some kind besides its words. */
export type MessageDetails = DetailsOf<MessageKind>

/** Tells whether a message is of one of these kinds; it has the details of these then. */
export function isOfKind<B extends { kind: MessageKind }, K extends MessageKind>(
  body: B,
  kinds: readonly K[],
): body is Extract<B, { kind: K }> {
  return kinds.some((kind) => kind === body.kind)
}

/**
 * Puts context over that of a message; kind and content stay. Null where it carries nothing then: a plain text has no details.
 */
export function withContext<B extends MessageBody>(body: B, context: MessageContext): B {
  const details = { ...body.details, ...context }
  return { ...body, details: Object.keys(details).length === 0 ? null : details }
}

/** Tells whether a file only repeats the one of another message, and so needs no attention. */
export function isDuplicateFile(details: MessageContext | null): boolean {
  const { relation, messageId } = details?.partOf ?? {}
  return messageId !== undefined && (relation === 'better' || relation === 'motion')
}
