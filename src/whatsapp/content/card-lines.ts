/** A property of a contact card: `item1.TEL;type=CELL;waid=5491155550000:+54 9 11 5555-0000`. */
export interface CardProperty {
  /** The property's name in capitals, without its group. */
  name: string
  /** Parameter values by upper-case name; nameless ones are under ''. */
  params: ReadonlyMap<string, readonly string[]>
  /** The value as written, unfolded. */
  value: string
  /** The complete property as written, including line breaks. */
  raw: string
}

/**
 * Yields the properties of a contact card of any version (2.1; RFC 2426: 3.0; RFC 6350: 4.0), in one pass. Lines end
 * in CR LF, LF or CR; a long line continues in the next, after a space, or after `=` in quoted-printable.
 */
export function* cardProperties(text: string): Generator<CardProperty> {
  const lines = text.split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index++) {
    const raw = [lines[index] ?? '']
    while (/^[ \t]/.test(lines[index + 1] ?? '')) raw.push(lines[++index] ?? '')
    const unfolded = raw.map((line, n) => (n === 0 ? line : line.slice(1))).join('')
    const head = headOf(unfolded)
    if (!head) continue
    let value = unfolded.slice(head.end + 1)
    if (isQuotedPrintable(head.params)) {
      const parts = [value]
      while (parts.at(-1)?.endsWith('=') && index + 1 < lines.length) {
        const next = lines[++index] ?? ''
        raw.push(next)
        parts.push(next)
      }
      value = parts.map((part, n) => (n < parts.length - 1 ? part.slice(0, -1) : part)).join('')
    }
    yield { name: head.name, params: head.params, value, raw: raw.join('\r\n') }
  }
}

const maxHeadLength = 1000

function headOf(line: string): (Pick<CardProperty, 'name' | 'params'> & { end: number }) | undefined {
  const parts: string[] = []
  let from = 0
  let isQuoted = false
  const limit = Math.min(line.length, maxHeadLength)
  for (let at = 0; at < limit; at++) {
    const sign = line[at]
    if (sign === '"') isQuoted = !isQuoted
    if (isQuoted || (sign !== ';' && sign !== ':')) continue
    parts.push(line.slice(from, at))
    from = at + 1
    if (sign === ';') continue
    const [first = '', ...given] = parts
    const name = first.split('.').at(-1)?.trim().toUpperCase() ?? ''
    return name === '' ? undefined : { name, params: paramsOf(given), end: at }
  }
  return undefined
}

function paramsOf(given: readonly string[]): Map<string, string[]> {
  const params = new Map<string, string[]>()
  for (const param of given) {
    const equals = param.indexOf('=')
    const name = equals < 0 ? '' : param.slice(0, equals).trim().toUpperCase()
    const values = param
      .slice(equals + 1)
      .split(',')
      .map((value) => value.replaceAll('"', '').trim())
    params.set(name, [...(params.get(name) ?? []), ...values])
  }
  return params
}

function encodingOf(params: CardProperty['params']): string {
  // Cards of version 2.1 may omit the parameter's name.
  const named = params.get('ENCODING')?.[0] ?? ''
  const bare = (params.get('') ?? []).find((value) => /^(quoted-printable|base64|b)$/i.test(value))
  return (named === '' ? (bare ?? '') : named).toUpperCase()
}

function isQuotedPrintable(params: CardProperty['params']): boolean {
  return encodingOf(params) === 'QUOTED-PRINTABLE'
}

/** Decodes a property's encoding and character set; the result is still escaped. */
export function decodedValue({ params, value }: CardProperty): string {
  const encoding = encodingOf(params)
  if (encoding === 'QUOTED-PRINTABLE') return inCharset(quotedBytes(value), params)
  if (encoding === 'B' || encoding === 'BASE64') return inCharset(Buffer.from(value, 'base64'), params)
  return value
}

function quotedBytes(text: string): Buffer {
  const bytes: Buffer[] = []
  let from = 0
  for (const match of text.matchAll(/(?:=[0-9A-Fa-f]{2})+/g)) {
    bytes.push(Buffer.from(text.slice(from, match.index)), Buffer.from(match[0].replaceAll('=', ''), 'hex'))
    from = match.index + match[0].length
  }
  return Buffer.concat([...bytes, Buffer.from(text.slice(from))])
}

function inCharset(bytes: Buffer, params: CardProperty['params']): string {
  try {
    return new TextDecoder(params.get('CHARSET')?.[0] ?? 'utf-8').decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

/** Splits a structured value and unescapes its parts. */
export function componentsOf(value: string, separator: ';' | ','): string[] {
  const parts = ['']
  const add = (text: string) => parts.push((parts.pop() ?? '') + text)
  for (const [piece] of value.matchAll(/\\[\s\S]|[^\\;,]+|[\s\S]/g)) {
    if (piece === separator) parts.push('')
    else add(piece.length > 1 && piece.startsWith('\\') ? unescaped(piece[1] ?? '') : piece)
  }
  return parts
}

function unescaped(sign: string): string {
  if (sign === 'n' || sign === 'N') return '\n'
  return /[\\;,:]/.test(sign) ? sign : `\\${sign}`
}

/** Unescapes a value that is a single text. */
export function textOf(value: string): string {
  return value.replaceAll(/\\([\s\S])/g, (_escape, sign: string) => unescaped(sign))
}
