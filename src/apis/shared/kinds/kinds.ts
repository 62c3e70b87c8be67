import type { MessageKind } from '../../../core/message-kind.ts'
import type { WordlessKind } from '../../../features/messages/outgoing.ts'
import { contact, newContact } from './contact.ts'
import { event } from './event.ts'
import { files } from './files.ts'
import { location, newLocation } from './location.ts'
import type { KindModule, WordlessModule } from './module.ts'
import { actions, call, order, product, unread } from './other.ts'
import { newPoll, poll } from './poll.ts'
import { text } from './text.ts'

/** Every kind of message, in the order in which the documents list them. */
export const kinds = {
  text,
  ...files,
  location,
  contact,
  poll,
  event,
  order,
  product,
  call,
  ...actions,
  ...unread,
} satisfies { [K in MessageKind]: KindModule<K> }

export const kindNames = Object.keys(kinds) as [MessageKind, ...MessageKind[]]

/** The kinds that a send can ask for in place of a text. */
export const wordlessKinds = {
  location: newLocation,
  contact: newContact,
  poll: newPoll,
} satisfies { [K in WordlessKind]: WordlessModule<K> }

export const wordlessNames = Object.keys(wordlessKinds) as WordlessKind[]
