import type { Analytics } from '../../../features/insight/analytics.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { BotssyOverview, OverviewQuery, presentOverview } from './schema.ts'

/** Returns the route of the figures. */
export function overviewRoute(analytics: Analytics): Route {
  return route({
    method: 'get',
    path: '/api/v1/analytics/overview',
    id: 'botssy.analytics.overview',
    summary: 'Get the figures of this month or of a period',
    tag: 'Botssy',
    scope: 'read:analytics',
    query: OverviewQuery,
    response: BotssyOverview,
    examples: { response: examples.overview },
  }).handle(async ({ query, caller }) => presentOverview(await analytics.overview(caller.accountId, query)))
}
