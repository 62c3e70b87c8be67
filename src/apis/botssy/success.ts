import { z } from 'zod'

/** Answers a request that leaves nothing to show. */
export const Success = z.object({ success: z.literal(true) }).meta({ id: 'Success' })

/** Shows it in the OpenAPI document. */
export const successExample = { success: true }
