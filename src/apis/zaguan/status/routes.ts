import type { Accounts } from '../../../features/accounts/accounts.ts'
import type { Linking } from '../../../features/accounts/linking.ts'
import type { Status } from '../../../features/insight/status.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { Clock } from '../../../util/clock.ts'
import * as examples from './examples.ts'
import { StatusBody, presentStatus } from './schema.ts'

/** Returns the route that says in one answer how the gateway is. The documents of BOTON and Botssy have it. */
export function statusRoute(
  { accounts, linking, status }: { accounts: Accounts; linking: Linking; status: Status },
  about: { version: string; clock: Clock },
): Route {
  return route({
    method: 'get',
    path: '/api/v1/status',
    id: 'shared.status',
    summary: 'Get the state of the connections, the bot and the API',
    description: 'A report, not a health check: 200 even while WhatsApp is down.',
    cache: 'same-tick',
    tag: 'Shared',
    isDocumented: true,
    scope: 'any',
    response: StatusBody,
    examples: { response: examples.status },
  }).handle(async ({ caller }) => {
    const report = await status.report(caller.accountId)
    const reached = (await accounts.listFor(caller)).map((account) => {
      return { account, report: linking.report(account.id) }
    })
    const api = { version: about.version, now: about.clock.now(), accounts: reached }
    return presentStatus(report, caller, api)
  })
}
