import type { Facts } from '../../core/content.ts'
import type { KindDetails } from '../../core/message-body.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import { numberWithin } from './checked.ts'
import type { FilePart } from './read-media.ts'

/** Holds the kind and words of one protobuf field, with the details of that kind. */
export type ReadingOf<K extends MessageKind> = K extends MessageKind
  ? {
      kind: K
      text: string
      details?: KindDetails[K]
      /** The file, if it is not the field itself but stands above the words. */
      file?: FilePart
    }
  : never

/** Holds the content of a message of any kind. */
export type Reading = ReadingOf<MessageKind>

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
