/**
 * Returns strings as they are (lone surrogates replaced, so that the text survives every encoding) and an empty text
 * for all other values.
 */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.isWellFormed() ? value : value.toWellFormed()
}

/** Cuts a well-formed text to at most `length` UTF-16 units, never inside a surrogate pair. */
export function cutText(text: string, length: number): string {
  const cut = text.slice(0, length)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

/**
 * Decomposes a text (NFKD): compatible characters become equal and accents separate. The result is at most four times
 * as long: no language needs more, but one character can expand to eighteen.
 */
export function decomposed(text: string): string {
  return cutText(text.normalize('NFKD'), 4 * text.length + 64)
}

/** Characters that break a line, move a cursor, or change the direction of text beside them. */
const unprintable = /[\p{Cc}\u2028\u2029]+/gu
const turning = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** Cleans a title or description from outside: line breaks stay, other control characters go. */
export function manyLines(value: unknown, length: number): string {
  const lines = plainText(value)
    .slice(0, 4 * length)
    .split(/\r\n|[\n\r\u2028\u2029]/)
  return cutText(
    lines
      .map((line) => oneLine(line, length))
      .join('\n')
      .trim(),
    length,
  )
}

/** Cleans a name or title from outside into one line that can stand beside our own words. */
export function oneLine(value: unknown, length: number): string {
  const text = plainText(value).slice(0, 4 * length)
  return cutText(plainText(text).replaceAll(turning, '').replaceAll(unprintable, ' ').trim(), length)
}

/** Normalises typed text for comparison: lower case, without accents and control characters. */
export function foldText(text: string): string {
  // NFKD separates accents from letters; \p{M} matches the accents.
  return decomposed(text)
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .toLowerCase()
}
