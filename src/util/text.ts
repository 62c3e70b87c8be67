/** Any value as text: strings as they are (a lone surrogate replaced, so that it survives every encoding), all else empty. */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.isWellFormed() ? value : value.toWellFormed()
}

/** The beginning of a well-formed text, at most `length` UTF-16 units, never ending in half a character. */
export function cutText(text: string, length: number): string {
  const cut = text.slice(0, length)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

/**
 * A text with compatible characters made the same and accents apart (NFKD), at most four times as long: no language needs more,
 * but one character can stand for eighteen.
 */
export function takenApart(text: string): string {
  return cutText(text.normalize('NFKD'), 4 * text.length + 64)
}

/** What breaks a line, moves a cursor, or turns the direction of what stands beside it. */
const unprintable = /[\p{Cc}\u2028\u2029]+/gu
const turning = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** Words that somebody else chose for a title or a description, with their line breaks and nothing else that moves or turns what stands beside them. */
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

/** A name or title that somebody else chose, as one line that can stand beside our own words. */
export function oneLine(value: unknown, length: number): string {
  const text = plainText(value).slice(0, 4 * length)
  return cutText(plainText(text).replaceAll(turning, '').replaceAll(unprintable, ' ').trim(), length)
}
