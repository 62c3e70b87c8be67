import * as fc from 'fast-check'
import type { ApiDocument, NamedOperation, Schema } from '../support/openapi-document.ts'

/** One request as a fuzzer makes it. */
export interface FuzzedRequest {
  method: string
  path: string
  query: [string, string][]
  headers: Record<string, string>
  /** As it is sent. */
  body: string | undefined
}

// Values that break careless programs: fragments of SQL, paths and prototypes, odd numbers, odd characters.
const nasty = fc.constantFrom(
  "' or 1=1; --",
  '"; drop table messages; --',
  '../../../etc/passwd',
  '%2e%2e%2f',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '🎂👩‍👩‍👧',
  '\u202eevil',
  '%',
  '%00',
  '-1',
  '0',
  '1e309',
  '9007199254740993',
  '99999999999999999999999',
  'NaN',
  'null',
  'true',
  '{}',
  '${7*7}',
  '<script>alert(1)</script>',
  'x'.repeat(5000),
)
const text = fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ maxLength: 20 }))
const id = fc.oneof(fc.integer({ min: 1, max: 6 }).map(String), text)
const phone = fc.constantFrom(
  '5491162328014',
  '+54 9 11 6232-8014',
  '34600111222',
  '5491155667788@s.whatsapp.net',
)
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  text,
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, [], {}, -0, 2 ** 53, -1, 1e21),
)

/** Mostly what the schema asks for, so that requests get past the first check; often enough something else. */
function valueOf(api: ApiDocument, given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = api.resolve(given)
  if (depth > 4) return anything
  const fitting = fittingOf(api, schema, depth)
  return fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: anything })
}

function fittingOf(api: ApiDocument, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valueOf(api, one, depth + 1)))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object' || schema.properties) return objectOf(api, schema, depth)
  if (type === 'array')
    return fc.array(schema.items ? valueOf(api, schema.items, depth + 1) : anything, { maxLength: 4 })
  if (type === 'integer' || type === 'number')
    return fc.oneof(fc.integer({ min: -2, max: 200 }), fc.integer(), fc.double())
  if (type === 'boolean') return fc.boolean()
  if (type === 'string') return fc.oneof(phone, text)
  return anything
}

function objectOf(api: ApiDocument, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {})
  const known = fc.record(
    Object.fromEntries(fields.map(([name, field]) => [name, valueOf(api, field, depth + 1)])),
    { requiredKeys: [] },
  )
  const whole = fc.record(
    Object.fromEntries(
      fields
        .filter(([name]) => schema.required?.includes(name))
        .map(([name, field]) => [name, valueOf(api, field, depth + 1)]),
    ),
  )
  const extra = fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), anything, {
    maxKeys: 2,
  })
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(whole, known).map(([all, some]) => ({ ...some, ...all })) },
    { weight: 2, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, extra).map(([a, b]) => ({ ...a, ...b })) },
  )
}

/** Requests to every operation of the document but those that `leaveOut` names. */
export function requestsOf(
  api: ApiDocument,
  leaveOut: (operation: NamedOperation) => boolean,
): fc.Arbitrary<FuzzedRequest> {
  const operations = api.operations.filter((operation) => !leaveOut(operation))
  // Made once for each operation: building them costs more than drawing from them.
  return fc.oneof(...operations.map((operation) => requestTo(api, operation)))
}

function requestTo(api: ApiDocument, operation: NamedOperation): fc.Arbitrary<FuzzedRequest> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  const path = fc
    .tuple(...names.map((name) => (name === 'jid' ? fc.oneof(phone, text) : id)))
    .map((values) =>
      names.reduce((path, name, n) => path.replace(`{${name}}`, encoded(values[n] ?? '')), operation.path),
    )
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  const pairs = known.map((parameter) =>
    fc.option(
      // An object may have a toString of its own that is no function.
      valueOf(api, parameter.schema).map((value): [string, string] => [
        parameter.name,
        typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
      ]),
    ),
  )
  // Rarely: a request with a parameter that nobody knows gets no further than that.
  const unknown = fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(text, text) },
  )
  const query = fc
    .tuple(fc.tuple(...pairs), unknown)
    .map(([some, extra]) => [...some, extra].filter((pair) => pair !== null))
  const asked = operation.requestBody?.content['application/json']
  const example = fc.constant(asked?.example)
  const value =
    asked === undefined ? example : fc.oneof({ weight: 3, arbitrary: valueOf(api, asked.schema) }, example)
  const json = value.map((value) => (asked === undefined ? undefined : JSON.stringify(value)))
  const broken = fc.oneof(text, fc.constant('{"a":'), fc.constant('['.repeat(3000)))
  const body = fc.oneof({ weight: 12, arbitrary: json }, { weight: 1, arbitrary: broken })
  const key = fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant('again') },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{1,8}$/) },
  )
  return fc.record({ path, query, body, key }).map(({ path, query, body, key }) => ({
    method: operation.method,
    path,
    query,
    body: operation.method === 'get' ? undefined : body,
    headers: key === null ? {} : { 'idempotency-key': key },
  }))
}

/** Lone surrogates have no encoding, and an empty part or a dot would be another path. */
function encoded(value: string): string {
  const whole = value.toWellFormed()
  return ['', '.', '..'].includes(whole) ? 'x' : encodeURIComponent(whole)
}
