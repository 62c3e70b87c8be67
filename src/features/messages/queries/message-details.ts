import type { MessageDetails } from '../../../core/content.ts'

/** Encodes details for the column; null for a message with nothing but words. */
export function writeDetails(details: MessageDetails | null): string | null {
  return details === null || Object.keys(details).length === 0 ? null : JSON.stringify(details)
}

/** Decodes the column. */
export function readDetails(column: string | null): MessageDetails | null {
  return column === null ? null : (JSON.parse(column) as MessageDetails)
}
