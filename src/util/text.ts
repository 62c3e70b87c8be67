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
