import type { AccountSettings } from '../../../features/accounts/settings-store.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { ConfigReport, presentConfigReport } from '../../shared/settings.ts'
import * as examples from './examples.ts'

/** Returns the route that reads the assistant's configuration; BOTON's changes it. */
export function configRoute(settings: AccountSettings): Route {
  return route({
    method: 'get',
    path: '/api/v1/config',
    id: 'shared.config.get',
    summary: 'Get the assistant’s configuration and the source of each value',
    tag: 'Shared',
    scope: 'read:config',
    response: ConfigReport,
    examples: { response: examples.config },
  }).handle(async ({ caller }) => presentConfigReport(await settings.get(caller.accountId)))
}
