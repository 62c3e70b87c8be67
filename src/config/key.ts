import type { z } from 'zod'

/** Declares a key of the file: its purpose, and the form of a valid value. */
export function key<T extends z.ZodType>(schema: T, description: string, expected: string): T {
  return schema.meta({ expected }).describe(description)
}
