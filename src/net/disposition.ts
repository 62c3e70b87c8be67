import { cleanFileName } from '../features/media/file-name.ts'

/** Longer headers are not looked at: the name of a file has 255 bytes at most. */
const maxChars = 4096

/**
 * The name of a file in a Content-Disposition header, as RFC 6266 and RFC 5987 write it and as servers do beside them: raw
 * UTF-8 bytes, percents in plain names, missing quotes. Without a path; empty where there is none.
 * `header`: as Node gives it, with a character for each byte.
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

/** The parameters by their names in lower case; the first of a name counts. */
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

/** A backslash stands before a quote or another one; old servers write whole paths of Windows. */
function unquoted(text: string): string {
  return text.replaceAll(/\\(["\\])/g, '$1')
}

/** `UTF-8'es'factura%20a%C3%B1o.pdf`. Empty where it cannot be read: the plain name is taken then. */
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

/** Undefined where the bytes are no text in this character set, or nobody knows it. */
function read(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
