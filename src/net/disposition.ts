import { cleanFileName } from '../features/media/file-name.ts'

/** Longer headers are ignored: a file name has at most 255 bytes. */
const maxChars = 4096

/**
 * Reads the file name from a Content-Disposition header, as RFC 6266 and RFC 8187 define it and as servers deviate:
 * raw UTF-8 bytes, percent-encoding in plain names, missing quotes. Without a path; empty if there is no name.
 * `header` is as Node gives it: one character per byte.
 */
export function nameInDisposition(header: string): string {
  if (header.length > maxChars) return ''
  const names = parametersOf(header)
  const extended = names.get('filename*')
  const whole = extended === undefined ? '' : cleanFileName(readExtended(extended))
  if (whole !== '') return whole
  const plain = names.get('filename')
  return plain === undefined ? '' : cleanFileName(readPlain(plain))
}

/** Parses the parameters by lower-case name; the first of a name counts. */
function parametersOf(header: string): Map<string, string> {
  const found = new Map<string, string>()
  const parameter = /\s*;\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/gy
  parameter.lastIndex = Math.max(0, header.indexOf(';'))
  for (let match = parameter.exec(header); match; match = parameter.exec(header)) {
    const [, name = '', quoted, bare = ''] = match
    const value = quoted === undefined ? bare.trim() : unquoted(quoted)
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), value)
  }
  return found
}

/** Unquotes a value. A backslash escapes only a quote or a backslash: old servers send whole Windows paths. */
function unquoted(text: string): string {
  return text.replaceAll(/\\(["\\])/g, '$1')
}

/** Decodes `UTF-8'es'factura%20a%C3%B1o.pdf`. Empty if it is malformed; the plain name is used then. */
function readExtended(value: string): string {
  const [, charset = '', text = ''] = /^([\w-]+)'[\w-]*'(.*)$/.exec(value.replace(/^"|"$/g, '')) ?? []
  return charset === '' ? '' : (read(fromPercents(text), charset) ?? '')
}

function readPlain(value: string): string {
  const bytes = Buffer.from(value, 'latin1')
  const text = read(bytes, 'utf-8') ?? bytes.toString('latin1')
  if (!/%[0-9a-f]{2}/i.test(text)) return text
  return read(fromPercents(value), 'utf-8') ?? text
}

function fromPercents(text: string): Buffer {
  const plain = text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  )
  return Buffer.from(plain, 'latin1')
}

/** Decodes bytes in a character set; undefined if the set is unknown or the bytes are invalid. */
function read(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
