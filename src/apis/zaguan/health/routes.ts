import { HealthBody, ReadyBody } from '../../../http/health-schema.ts'
import { probeTag } from '../../../http/frame.ts'
import { checkReadiness } from './readiness.ts'
import type { ReadinessSources } from './readiness.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'

/** Returns `/healthz` and `/readyz`, for supervisors. */
export function healthRoutes(sources: ReadinessSources): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      id: 'health.alive',
      summary: 'Tell whether the process is alive',
      tag: probeTag,
      scope: null,
      response: HealthBody,
      examples: { response: { status: 'ok' } },
    }).handle(() => ({ status: 'ok' as const })),
    route({
      method: 'get',
      path: '/readyz',
      id: 'health.ready',
      summary: 'Tell whether messages can be received and sent',
      description:
        '503 while the database or an account’s connection is down. A request with a key also gets which one, and why.',
      greets: true,
      tag: probeTag,
      scope: null,
      response: ReadyBody,
      examples: { response: { status: 'ready', accounts: [{ id: 1, account: 'wha_1', state: 'open' }] } },
    }).handle(async ({ asker }) => ({ status: 'ready' as const, ...(await checkReadiness(sources, asker)) })),
  ]
}
