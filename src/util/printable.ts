/**
 * Characters that move a cursor, start an escape sequence, break a line invisibly, or change the direction of text
 * beside them.
 */
const unprintable = /[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
const unprintables = new RegExp(unprintable, 'gu')

/** Removes the characters a terminal would act on; line feeds and tabs stay. */
export function printable(text: string): string {
  return unprintable.test(text)
    ? text.replaceAll(unprintables, (character) =>
        character === '\n' || character === '\t' ? character : '',
      )
    : text
}

/** Escapes the characters in JSON that a terminal would act on; the value stays the same. */
export function printableJson(json: string): string {
  // JSON escapes all control characters but these, and its own line feeds stand between values.
  return json.replaceAll(
    /[\u007F-\u009F\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * Cleans a log line, which is JSON, of the characters a terminal would act on once they are unescaped; line feeds and
 * tabs stay.
 */
export function printableLogLine(line: string): string {
  // Matches pairs, so that an escaped backslash before a `u` stays as it is.
  return printableJson(line).replaceAll(/\\(?:u[0-9a-fA-F]{4}|.)/g, (escape) => {
    if (escape === '\\b' || escape === '\\f' || escape === '\\r') return ''
    if (!escape.startsWith('\\u')) return escape
    return printable(String.fromCharCode(Number.parseInt(escape.slice(2), 16))) === '' ? '' : escape
  })
}
