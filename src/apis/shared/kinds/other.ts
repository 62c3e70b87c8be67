import type { ActionKind } from '../../../core/message-kind.ts'
import { pickGiven } from './fields.ts'
import type { KindModule } from './module.ts'

/** Kinds that WhatsApp describes by names and values, and that no send asks for. */
export const order = {
  description: 'an order from the catalogue',
  present: ({ details }) => pickGiven(details, ['facts']),
} satisfies KindModule<'order'>

export const product = {
  description: 'a product of the catalogue',
  present: ({ details }) => pickGiven(details, ['offer', 'facts']),
} satisfies KindModule<'product'>

export const call = {
  description: 'a call; facts say how it ended (missed, answered, rejected) and whether it was a video call',
  present: ({ details }) => pickGiven(details, ['facts']),
} satisfies KindModule<'call'>

/** Actions show their effect at the message that they are about. */
export const actions = {
  reaction: { description: 'a reaction of this account on its way', present: () => ({}) },
  edit: { description: 'an edit of this account on its way', present: () => ({}) },
  delete: { description: 'a deletion of this account on its way', present: () => ({}) },
} satisfies Record<ActionKind, KindModule<ActionKind>>

export const unread = {
  unsupported: { description: 'content that this version cannot read', present: () => ({}) },
  undecryptable: { description: 'a message that could not be decrypted', present: () => ({}) },
} satisfies Record<'unsupported' | 'undecryptable', KindModule<'unsupported' | 'undecryptable'>>
