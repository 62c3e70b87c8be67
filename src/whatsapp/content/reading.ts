import type { Facts, MessageDetails } from '../../core/content.ts'
import type { MessageKind } from '../../features/messages/message.ts'
import { numberWithin } from './checked.ts'
import type { FilePart } from './read-media.ts'

/** Kind and words of one field of the protobuf, with what only that kind carries. */
export interface Reading {
  kind: MessageKind
  text: string
  details?: MessageDetails
  /** Where the file is not the field itself: it stands above the words. */
  file?: FilePart
}

/** Facts without those that say nothing. */
export function factsOf(given: Record<string, string | number | undefined>): { facts: Facts } {
  const told = Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
  return { facts: Object.fromEntries(told) as Facts }
}

/** An amount of WhatsApp, which counts in thousandths; undefined for what is none. */
export function amountOf(thousandths: unknown): number | undefined {
  const amount = numberWithin(thousandths, 0, Number.MAX_SAFE_INTEGER)
  return amount === undefined ? undefined : amount / 1000
}
