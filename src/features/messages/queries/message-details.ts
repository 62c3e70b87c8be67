import type { MessageDetails } from '../../../core/content.ts'

/** The column's text; null for a message that carries nothing but words. */
export function writeDetails(details: MessageDetails | null): string | null {
  return details === null || Object.keys(details).length === 0 ? null : JSON.stringify(details)
}

export function readDetails(column: string | null): MessageDetails | null {
  return column === null ? null : (JSON.parse(column) as MessageDetails)
}
