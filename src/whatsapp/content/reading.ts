import type { Facts, MessageDetails } from '../../core/content.ts'
import type { MessageKind } from '../../features/messages/message.ts'
import { numberWithin } from './checked.ts'
import type { FilePart } from './read-media.ts'

/** The kind and words of one protobuf field, with what only that kind carries. */
export interface Reading {
  kind: MessageKind
  text: string
  details?: MessageDetails
  /** The file, if it is not the field itself but stands above the words. */
  file?: FilePart
}

/** Removes empty facts. */
export function factsOf(given: Record<string, string | number | undefined>): { facts: Facts } {
  const told = Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
  return { facts: Object.fromEntries(told) as Facts }
}

/** Reads an amount, which WhatsApp counts in thousandths; undefined if invalid. */
export function amountOf(thousandths: unknown): number | undefined {
  const amount = numberWithin(thousandths, 0, Number.MAX_SAFE_INTEGER)
  return amount === undefined ? undefined : amount / 1000
}
