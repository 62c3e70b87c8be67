import type { z } from 'zod'

/** Declares a key of the file: its purpose, and what a valid value looks like. */
export function key<T extends z.ZodType>(schema: T, description: string, expected: string): T {
  return schema.meta({ expected }).describe(description)
}
