import { z } from 'zod'
import { countParam } from '../../shared/params.ts'

export const EventsQuery = z.strictObject({
  after: countParam({ description: 'Only events after the one with this number', default: 0, min: 0 }),
  limit: countParam({ description: 'Number of events', default: 100, min: 1, clampTo: 500 }),
})

export const StreamQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'expected the number of an event')
    .transform(Number)
    .optional()
    .meta({
      description: 'Begin after the event with this number; default: with the next event',
      type: 'integer',
    }),
})

const LoggedEvent = z
  .object({
    id: z.string().meta({ description: 'Also the `webhook-id` of its deliveries' }),
    seq: z.int().meta({ description: 'Numbered without gaps per account' }),
    event: z.string(),
    timestamp: z.int().meta({ description: 'Unix time in milliseconds' }),
    data: z.looseObject({}).meta({ description: 'As in the Botssy format of a webhook' }),
  })
  .meta({ id: 'LoggedEvent' })

export const LoggedEvents = z
  .object({
    data: z.array(LoggedEvent),
    nextAfter: z.int().meta({ description: 'Use it as `after` of the next call' }),
    hasMore: z.boolean(),
  })
  .meta({ id: 'LoggedEvents' })
