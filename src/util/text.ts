/** Any value as text: strings as they are (a lone surrogate replaced, so that it survives every encoding), all else empty. */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.isWellFormed() ? value : value.toWellFormed()
}
