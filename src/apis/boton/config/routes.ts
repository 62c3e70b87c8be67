import type { AccountSettings } from '../../../features/accounts/settings-store.ts'
import type { ModelHealth } from '../../../features/bot/model-health.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { ConfigAnswer, ConfigPatchBody, presentConfig } from './schema.ts'

/** Returns the route that configures the assistant. */
export function configRoute({
  settings,
  modelHealth,
}: {
  settings: AccountSettings
  modelHealth: ModelHealth
}): Route {
  return route({
    method: 'post',
    path: '/api/v1/config',
    id: 'boton.config.update',
    summary: 'Configure the assistant',
    description: 'Every field is optional; `null` restores the value of the configuration file.',
    tag: 'BOTON',
    scope: 'write:config',
    idempotent: true,
    body: ConfigPatchBody,
    response: ConfigAnswer,
    examples: { body: examples.configBody, response: examples.configAnswer },
  }).handle(async ({ body, caller }) =>
    presentConfig((await settings.update(caller.accountId, body)).settings, modelHealth.report()),
  )
}
