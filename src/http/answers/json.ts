import { AppError } from '../../core/errors.ts'

/** No schema has more fields than this: an object with more is refused before a schema looks at each of them. */
const maxFields = 2000
/** A text below this length cannot hold an object of too many fields. */
const shortestSuspect = 6 * maxFields
/** `__proto__` as it is, or with its characters escaped. */
const suspicious = /__proto__|\\u00(?:5[fF]|7[024]|6[fF])/

/**
 * Parses the body of a request: an object or an array; an empty text is `{}`.
 * @throws AppError invalid_request for anything else, for a key `__proto__`, and for an object of too many fields
 */
export function parseJson(text: string): unknown {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser quotes the body in its messages: they go no further.
    throw notJson()
  }
  if (typeof value !== 'object' || value === null) throw notJson()
  if (text.length >= shortestSuspect || suspicious.test(text)) refuseHostile(value)
  return value
}

function notJson(): AppError {
  return new AppError('invalid_request', 'The body is not valid JSON')
}

/** Code that copies objects would follow `__proto__`; JSON.parse makes it an ordinary key. */
function refuseHostile(body: object): void {
  const open: object[] = [body]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (!Array.isArray(at)) checkKeys(Object.keys(at))
    for (const inner of Object.values(at) as unknown[]) {
      if (typeof inner === 'object' && inner !== null) open.push(inner)
    }
  }
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
