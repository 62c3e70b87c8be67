import type { proto } from '@whiskeysockets/baileys'
import type { Facts, Poll } from '../../../core/content.ts'
import type { MessageKind } from '../../../core/message-kind.ts'
import { businessReaders } from '../business-readers.ts'
import { known } from '../checked.ts'
import type { Reading } from '../reading.ts'
import { actions } from './actions.ts'
import { call } from './call.ts'
import { contact } from './contact.ts'
import { event } from './event.ts'
import { files } from './files.ts'
import { location } from './location.ts'
import type { KindModule } from './module.ts'
import { order } from './order.ts'
import { poll } from './poll.ts'
import { product } from './product.ts'
import { text } from './text.ts'
import { undecryptable, unsupported } from './unread.ts'

/** Every kind of message, in order of precedence of their fields. */
export const kinds: { [K in MessageKind]: KindModule<K> } = {
  text,
  ...files,
  location,
  contact,
  poll,
  event,
  order,
  call,
  product,
  ...actions,
  unsupported,
  undecryptable,
}

const readers = [...Object.values(kinds).map(({ read }) => read), businessReaders]
  .flatMap((some) => Object.entries(some))
  // Each is called with the part of the field that it stands under.
  .map(([field, read]) => [field as keyof proto.IMessage, read as (part: unknown) => Reading] as const)

/** Reads the first field with readable content; undefined if no field has any. */
export function firstReading(
  content: proto.IMessage,
): { field: keyof proto.IMessage; reading: Reading } | undefined {
  for (const [field, read] of readers) {
    const part = content[field]
    if (part !== null && part !== undefined) return { field, reading: known<Reading>(read(part)) }
  }
  return undefined
}

/** Reads the new content of an edit: a message's words, an event's facts, or a poll; undefined if unreadable. */
export function readEdited(
  content: proto.IMessage,
): { text: string; facts?: Facts; poll?: Poll } | undefined {
  const reading = firstReading(content)?.reading
  if (!reading) return undefined
  const said = reading.text
  if (reading.kind === 'event') return { text: said, facts: reading.details?.facts ?? {} }
  const asked = reading.kind === 'poll' ? reading.details?.poll : undefined
  return asked ? { text: said, poll: asked } : { text: said }
}
