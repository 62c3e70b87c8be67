import type { z } from 'zod'

/** Makes a refinement run on a faulty body as well: the answer then names all missing fields. */
export const evenIfFaulty = { when: () => true }

/** Returns a possibly faulty body as a record; undefined if it is no object. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? (body as Readonly<Record<string, unknown>>) : undefined
}

/** Adds a missing field to a body's faults. */
export function refuseMissing(field: string, ctx: z.RefinementCtx): void {
  ctx.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: [field] })
}
