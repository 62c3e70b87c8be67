/** What one page of a list may hold in bytes of text, however many entries were asked for. */
export const maxPageBytes = 2 * 1024 * 1024

/** Counts the entries, from the first one on, that fit into a page together. One always does: a list goes on. */
export function countFitting(sizes: readonly number[]): number {
  let bytes = 0
  const over = sizes.findIndex((size) => (bytes += size) > maxPageBytes)
  return over === -1 ? sizes.length : Math.max(over, 1)
}
