/**
 * The kinds of content; unknown content is `unsupported`. Only this account's outgoing messages are `reaction`,
 * `edit` and `delete`: their effect shows on the message they are about.
 */
export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contact'
  | 'poll'
  | 'event'
  | 'order'
  | 'product'
  | 'call'
  | ActionKind
  | 'unsupported'
  | 'undecryptable'

/** Kinds that change another message and appear in no list. */
export const actionKinds = ['reaction', 'edit', 'delete'] as const
/** Names a kind that changes another message. */
export type ActionKind = (typeof actionKinds)[number]

/** Tells whether a kind changes another message. */
export function isAction(kind: MessageKind): kind is ActionKind {
  return actionKinds.some((each) => each === kind)
}
