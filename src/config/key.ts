import type { z } from 'zod'

/** A key of the file: what it is for, and what a wrong value should have been. */
export function key<T extends z.ZodType>(schema: T, description: string, expected: string): T {
  return schema.meta({ expected }).describe(description)
}
