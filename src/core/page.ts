/** The maximum bytes of text on one page of a list, however many entries were requested. */
export const maxPageBytes = 2 * 1024 * 1024

/**
 * Counts how many entries, from the first one on, fit into a page together. At least one, so that the list goes on.
 */
export function countFitting(sizes: readonly number[]): number {
  let bytes = 0
  const over = sizes.findIndex((size) => (bytes += size) > maxPageBytes)
  return over === -1 ? sizes.length : Math.max(over, 1)
}

/** Selects a slice of a list. */
export interface Page {
  limit: number
  offset: number
}
