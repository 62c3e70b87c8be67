import { AppError } from '../../core/errors.ts'

/** Objects with more fields than any schema has are refused before a schema looks at each of them. */
const maxFields = 2000
/** A shorter text cannot hold an object with too many fields. */
const shortestSuspect = 6 * maxFields
/** An escape of half a character: bodies are decoded strictly, so that no other way leads to one. */
const surrogateEscape = /\\u[dD][89a-fA-F]/
const loneSurrogate = /\p{Surrogate}/u
/** `__proto__` as it is, or with its characters escaped. */
const suspicious = /__proto__|\\u00(?:5[fF]|7[024]|6[fF])/

/**
 * Parses a request body, an object or array; an empty text is `{}`.
 * @throws AppError invalid_request for anything else, for a key `__proto__`, for too many fields, and for text that is not
 * Unicode: WhatsApp, webhooks and SQLite take UTF-8, which has no half characters
 */
export function parseJson(text: string): unknown {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's messages quote the body, so they are not passed on.
    throw notJson()
  }
  if (typeof value !== 'object' || value === null) throw notJson()
  if (surrogateEscape.test(text)) refuseLoneSurrogates(value)
  if (text.length >= shortestSuspect || suspicious.test(text)) refuseHostile(value)
  return value
}

function notJson(): AppError {
  return new AppError('invalid_request', 'The body is not valid JSON')
}

/** Refuses `__proto__`, an ordinary key to JSON.parse, since code that copies objects would follow it. */
function refuseHostile(body: object): void {
  const open: object[] = [body]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (!Array.isArray(at)) checkKeys(Object.keys(at))
    for (const inner of Object.values(at) as unknown[]) {
      if (typeof inner === 'object' && inner !== null) open.push(inner)
    }
  }
}

/** Refuses half of a surrogate pair, such as `\ud800` alone, in a text or a name; whole pairs are characters like all others. */
function refuseLoneSurrogates(body: object): void {
  const open: [unknown, string][] = [[body, 'body']]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, path] = next
    if (typeof value === 'string' && loneSurrogate.test(value)) throw notUnicode(path)
    if (typeof value !== 'object' || value === null) continue
    for (const [name, inner] of Object.entries(value)) {
      if (loneSurrogate.test(name)) throw notUnicode(path)
      open.push([inner, `${path}.${name}`])
    }
  }
}

function notUnicode(path: string): AppError {
  const message = 'expected Unicode text: it has half of a surrogate pair'
  const field = path.slice(0, 200)
  return new AppError('invalid_request', `${field}: ${message}`, { details: [{ field, message }] })
}

function checkKeys(keys: readonly string[]): void {
  if (keys.length > maxFields) {
    throw new AppError('invalid_request', `An object of the body has more than ${maxFields} fields`, {
      details: [{ field: 'body', message: `expected at most ${maxFields} fields in an object` }],
    })
  }
  if (!keys.includes('__proto__')) return
  throw new AppError('invalid_request', 'The body must not have the key __proto__', {
    details: [{ field: 'body', message: 'expected no key __proto__' }],
  })
}
