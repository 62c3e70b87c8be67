/** WhatsApp's bounds of a username, in characters. */
const [minLength, maxLength] = [3, 35]

/**
 * Reads a username as WhatsApp names it, with or without the @; undefined if it breaks WhatsApp's rules: 3 to 35 of `a-z`,
 * `0-9`, `_` and `.`, with a letter, and no dot at an end or beside another.
 */
export function readUsername(written: unknown): string | undefined {
  if (typeof written !== 'string' || written.length > maxLength + 1) return undefined
  const name = written.replace(/^@/, '').toLowerCase()
  const isOfThese = /^[a-z0-9_]+(?:\.[a-z0-9_]+)*$/.test(name)
  const isAsLong = name.length >= minLength && name.length <= maxLength
  return isOfThese && isAsLong && /[a-z]/.test(name) ? name : undefined
}
