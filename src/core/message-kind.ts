/**
 * The kinds of content that are told apart; whatever is new to us is `unsupported`. `reaction`, `edit` and `delete` are only
 * what this account sends: what they do is seen at the message that they are about.
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

/** Kinds that change another message and stand in no list. */
export const actionKinds = ['reaction', 'edit', 'delete'] as const
export type ActionKind = (typeof actionKinds)[number]

export function isAction(kind: MessageKind): kind is ActionKind {
  return actionKinds.some((each) => each === kind)
}
