import type { z } from 'zod'

/** Holds an object whose long lists are read while it is written. */
export interface LongObject {
  fields: object
  lists: Readonly<Record<string, AsyncIterable<readonly unknown[]>>>
  /** The schema of the whole object; unknown keys are dropped. */
  schema: z.ZodObject<Record<string, z.ZodType>>
}

/**
 * Writes an object as JSON in pieces of one page each, so that it is never in memory as a whole. If `signal` aborts,
 * the JSON ends in the middle and cannot be taken for complete. @throws ZodError if a value does not match the schema
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
      // A socket that accepts everything at once must not monopolise the event loop.
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
