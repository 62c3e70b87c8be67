import type { Facts, Poll } from '../../core/content.ts'
import type { MessageBody, MessageDetails } from '../../core/message-body.ts'
import type { MessageKind } from '../../core/message-kind.ts'

/** Holds the content of a message besides its words that may change. */
export interface FormerDetails {
  facts?: Facts
  poll?: Poll
}

/** Encodes details for their column; null for a message with nothing but words. */
export function writeDetails(details: MessageDetails | FormerDetails | null): string | null {
  return details === null || Object.keys(details).length === 0 ? null : JSON.stringify(details)
}

/**
 * Decodes kind and details of a row, to spread into the message. Rows of any age are read: a key that its kind no longer
 * has stays in the row and has no effect.
 */
export function readBody(row: { kind: MessageKind; details: string | null }): MessageBody {
  const details: unknown = row.details === null ? null : JSON.parse(row.details)
  return { kind: row.kind, details } as MessageBody
}

/** Decodes the details of a revision. */
export function readFormerDetails(column: string | null): FormerDetails | null {
  return column === null ? null : (JSON.parse(column) as FormerDetails)
}
