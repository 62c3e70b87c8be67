import { z } from 'zod'
import { countParam } from '../shared/params.ts'

/** The two parameters of every list. */
export function pageParams(largest: number) {
  return {
    limit: countParam({ description: 'Entries per page', default: 50, min: 1, clampTo: largest }),
    offset: countParam({ description: 'Entries to skip', default: 0, min: 0 }),
  }
}

export const Pagination = z
  .object({
    total: z.int().meta({ description: 'All entries, before paging' }),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'BotssyPagination' })

/** A page of a list with its place in the whole. */
export function presentPage<T>(
  data: T[],
  total: number,
  { limit, offset }: { limit: number; offset: number },
): { data: T[]; pagination: z.input<typeof Pagination> } {
  return { data, pagination: { total, limit, offset } }
}
