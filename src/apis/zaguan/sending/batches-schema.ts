import { z } from 'zod'
import type { Batch } from '../../../features/sending/rules/batch.ts'
import { iso } from '../../shared/times.ts'

export const BatchBody = z
  .object({
    id: z.int(),
    total: z.int().meta({ description: 'The number of recipients' }),
    rejected: z.int().meta({ description: 'Refused at once, for instance without consent' }),
    waiting: z.int(),
    sent: z.int().meta({ description: 'Acknowledged by WhatsApp, including delivered and read ones' }),
    delivered: z.int(),
    read: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    createdAt: z.string(),
    cancelledAt: z.string().nullable(),
    expectedEnd: z
      .string()
      .nullable()
      .meta({ description: 'When the last one is sent at this pace; an estimate' }),
  })
  .meta({ id: 'Batch' })

/** Shows a batch. */
export function presentBatch(batch: Batch & { expectedEnd: Date | null }): z.input<typeof BatchBody> {
  const { createdAt, cancelledAt, expectedEnd, ...counts } = batch
  return {
    ...counts,
    createdAt: iso(createdAt),
    cancelledAt: iso(cancelledAt),
    expectedEnd: iso(expectedEnd),
  }
}
