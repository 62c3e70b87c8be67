import type { z } from 'zod'

/** An object's fields that are there at once, and its lists as they are read. */
export interface LongObject {
  fields: object
  lists: Readonly<Record<string, AsyncIterable<readonly unknown[]>>>
  /** Of the whole: what it does not name is left out. */
  schema: z.ZodObject<Record<string, z.ZodType>>
}

/**
 * Writes the object as JSON in pieces of one page each, so that it is never in memory as a whole. Where `signal` is aborted it ends in the
 * middle: what is cut off can be taken for nothing else. @throws ZodError where something does not match the schema
 */
export async function* jsonPieces(
  { fields, lists, schema }: LongObject,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const known = schema.partial().parse(fields)
  yield JSON.stringify(known).slice(0, -1)
  let isFirst = Object.keys(known).length === 0
  for (const [name, pages] of Object.entries(lists)) {
    yield `${isFirst ? '' : ','}${JSON.stringify(name)}:[`
    isFirst = false
    let isEmpty = true
    for await (const page of pages) {
      // A socket that takes everything at once must not keep the event loop for itself.
      await new Promise((resolve) => setImmediate(resolve))
      if (signal.aborted) return
      if (page.length === 0) continue
      const entries = JSON.stringify(schema.shape[name]?.parse(page) ?? page).slice(1, -1)
      yield `${isEmpty ? '' : ','}${entries}`
      isEmpty = false
    }
    yield ']'
  }
  yield '}'
}
