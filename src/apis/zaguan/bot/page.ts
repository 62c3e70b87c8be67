import { z } from 'zod'
import { countParam, idParam } from '../../shared/params.ts'

/** The parameters of a list that is read backwards. */
export const PageQuery = z.strictObject({
  before: idParam('Only those older than this one').optional(),
  limit: countParam({ description: 'How many entries, newest first', default: 50, min: 1, clampTo: 200 }),
})

/** Answers a request that leaves nothing to show. */
export const Done = z.object({ success: z.literal(true) })
