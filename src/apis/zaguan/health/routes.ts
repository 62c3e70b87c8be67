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
      summary: 'Whether the process is alive',
      tag: probeTag,
      scope: null,
      response: HealthBody,
      examples: { response: { status: 'ok' } },
    }).handle(() => ({ status: 'ok' as const })),
    route({
      method: 'get',
      path: '/readyz',
      id: 'health.ready',
      summary: 'Whether messages can go in and out',
      description:
        '503 while the database or an account’s connection is down. Which one, and why, is told to who asks with a key.',
      greets: true,
      tag: probeTag,
      scope: null,
      response: ReadyBody,
      examples: { response: { status: 'ready', accounts: [{ id: 1, account: 'wha_1', state: 'open' }] } },
    }).handle(async ({ asker }) => ({ status: 'ready' as const, ...(await checkReadiness(sources, asker)) })),
  ]
}
