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

let knownUsernames: ReadonlyMap<string, string> = new Map()

/**
 * Reads usernames as these people's while `work` runs, which must be synchronous: schemas are declared once and do not know
 * whom the caller's account knows.
 */
export function knowingUsernames<T>(jids: ReadonlyMap<string, string>, work: () => T): T {
  const before = knownUsernames
  knownUsernames = jids
  try {
    return work()
  } finally {
    knownUsernames = before
  }
}

/** Returns the jid of whom a username such as `@maria.lopez` names; undefined if nobody known has it. */
export function jidOfUsername(written: string): string | undefined {
  const name = written.startsWith('@') ? readUsername(written) : undefined
  return name === undefined ? undefined : knownUsernames.get(name)
}
