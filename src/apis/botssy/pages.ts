import { z } from 'zod'
import { countParam } from '../shared/params.ts'

/** Declares the two parameters of every list. */
export function pageParams(maxPageSize: number) {
  return {
    limit: countParam({ description: 'Entries per page', default: 50, min: 1, clampTo: maxPageSize }),
    offset: countParam({ description: 'Entries to skip', default: 0, min: 0 }),
  }
}

export const Pagination = z
  .object({
    total: z.int().meta({ description: 'All entries, on every page' }),
    limit: z.int(),
    offset: z.int(),
    truncated: z.literal(true).optional().meta({
      description:
        'Extension: fewer entries than requested because they are long; `limit` is their number, and the next page begins at `offset` + `limit`',
    }),
  })
  .meta({ id: 'BotssyPagination' })

/** Shows a page of a list with its place in the whole. */
export function presentPage<T>(
  data: T[],
  total: number,
  { limit, offset, isCut = false }: { limit: number; offset: number; isCut?: boolean },
): { data: T[]; pagination: z.input<typeof Pagination> } {
  // A client that adds the limit to the offset continues where the page ended.
  const shown = isCut ? { limit: data.length, offset, truncated: true as const } : { limit, offset }
  return { data, pagination: { total, ...shown } }
}
