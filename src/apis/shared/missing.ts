import type { z } from 'zod'

/** For a refinement that runs on a faulty body as well: the answer then names every missing field at once. */
export const evenIfFaulty = { when: () => true }

/** Returns a body that may be faulty as a record of whatever was sent; undefined where it is no object. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? (body as Readonly<Record<string, unknown>>) : undefined
}

/** Adds to a body's faults that a field is missing. */
export function refuseMissing(field: string, ctx: z.RefinementCtx): void {
  ctx.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: [field] })
}
