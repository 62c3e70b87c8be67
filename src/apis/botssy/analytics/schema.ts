import { z } from 'zod'
import { timeParam } from '../../shared/params.ts'
import { isoSeconds } from '../../shared/times.ts'

export const OverviewQuery = z.strictObject({
  from: timeParam('The start of the period; default: the first of the month in which it ends'),
  to: timeParam('The end of the period; default: now'),
})

export const BotssyOverview = z
  .object({
    totalConversations: z.int(),
    conversationsThisMonth: z.int().meta({ description: 'Conversations that began in the period' }),
    totalCustomers: z.int(),
    activeConversations: z.int().meta({ description: 'Conversations pending or in progress now' }),
    period: z.object({ start: z.string(), end: z.string() }),
  })
  .meta({ id: 'BotssyOverview' })

/** Shows the statistics as Botssy does. */
export function presentOverview(overview: {
  totalConversations: number
  conversationsInPeriod: number
  totalCustomers: number
  activeConversations: number
  period: { start: Date; end: Date }
}): z.input<typeof BotssyOverview> {
  return {
    totalConversations: overview.totalConversations,
    conversationsThisMonth: overview.conversationsInPeriod,
    totalCustomers: overview.totalCustomers,
    activeConversations: overview.activeConversations,
    period: { start: isoSeconds(overview.period.start), end: isoSeconds(overview.period.end) },
  }
}
