/** What moves a cursor, starts an escape sequence, breaks a line unseen, or turns the direction of the words beside it. */
const unprintable = /[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
const unprintables = new RegExp(unprintable, 'gu')

/** The text without what a terminal would obey; line feeds and tabs stay. */
export function printable(text: string): string {
  return unprintable.test(text)
    ? text.replaceAll(unprintables, (character) =>
        character === '\n' || character === '\t' ? character : '',
      )
    : text
}

/** JSON in which a terminal finds nothing to obey, and which still says the same. */
export function printableJson(json: string): string {
  // JSON itself escapes all of them but these, and its own line feeds stand between values.
  return json.replaceAll(
    /[\u007F-\u009F\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A log line, which is JSON, without what a terminal would obey once it is unescaped; line feeds and tabs stay. */
export function printableLogLine(line: string): string {
  // Pairs are taken together, so that an escaped backslash before a `u` stays what it is.
  return printableJson(line).replaceAll(/\\(?:u[0-9a-fA-F]{4}|.)/g, (escape) => {
    if (escape === '\\b' || escape === '\\f' || escape === '\\r') return ''
    if (!escape.startsWith('\\u')) return escape
    return printable(String.fromCharCode(Number.parseInt(escape.slice(2), 16))) === '' ? '' : escape
  })
}
