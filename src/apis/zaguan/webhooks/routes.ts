import { z } from 'zod'
import {
  CreateWebhook,
  EventList,
  LogsQuery,
  ReplayWebhook,
  TestResult,
  ToggleWebhook,
  UpdateWebhook,
  Webhook,
  WebhookLogs,
  WebhookParams,
  WebhookWithSecret,
  presentCatalogue,
  presentLogs,
  presentTest,
  presentWebhook,
  presentWithSecret,
} from './schema.ts'
import { seesContent } from '../../shared/without-content.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { readReplay } from './read-replay.ts'
import type { WebhookEndpoints } from '../../../features/webhooks/webhook-endpoints.ts'

const tag = 'Webhooks'
const Done = z.object({ success: z.literal(true) })
const Queued = Done.extend({ queued: z.int().meta({ description: 'Deliveries that were queued' }) })

/** One address of the management; each has its own operation ids. */
interface MountPoint {
  base: string
  idOf: (name: string) => string
}

/** Returns the routes of webhooks, at both of the management's addresses. */
export function webhookRoutes(webhooks: WebhookEndpoints): Route[] {
  const plain: MountPoint = { base: '/api-management/webhooks', idOf: (name) => `webhooks.${name}` }
  const alias: MountPoint = { base: `/api/v1${plain.base}`, idOf: (name) => `webhooks.${name}.v1` }
  return [plain, alias].flatMap((place) => [
    ...readingRoutes(webhooks, place),
    ...changingRoutes(webhooks, place),
    ...toggleRoutes(webhooks, place),
    ...actionRoutes(webhooks, place),
  ])
}

function readingRoutes(webhooks: WebhookEndpoints, { base, idOf }: MountPoint): Route[] {
  return [
    route({
      method: 'get',
      path: base,
      id: idOf('list'),
      summary: 'List the webhooks',
      tag,
      scope: 'read:webhooks',
      response: z.array(Webhook),
      examples: { response: [examples.webhook] },
    }).handle(async ({ caller }) => (await webhooks.list(caller)).map(presentWebhook)),
    route({
      method: 'get',
      path: `${base}/events`,
      id: idOf('events'),
      summary: 'List the events that a webhook can receive',
      tag,
      scope: 'read:webhooks',
      response: EventList,
      examples: { response: examples.events },
    }).handle(() => presentCatalogue()),
    route({
      method: 'get',
      path: `${base}/:id`,
      id: idOf('get'),
      summary: 'Read one webhook',
      tag,
      scope: 'read:webhooks',
      params: WebhookParams,
      response: Webhook,
      examples: { response: examples.webhook },
    }).handle(async ({ params: { id }, caller }) =>
      presentWebhook(await webhooks.get(await webhooks.readableAccountOf(caller, id), id)),
    ),
    route({
      method: 'get',
      path: `${base}/:id/logs`,
      id: idOf('logs'),
      summary: 'List the deliveries, newest first',
      tag,
      scope: 'read:webhooks',
      params: WebhookParams,
      query: LogsQuery,
      response: WebhookLogs,
      examples: { response: examples.logs },
    }).handle(async ({ params: { id }, query, caller }) => {
      const accountId = await webhooks.readableAccountOf(caller, id)
      const found = await webhooks.deliveries(accountId, id, { ...query, state: query.status })
      return presentLogs(found, query, seesContent(caller))
    }),
  ]
}

function changingRoutes(webhooks: WebhookEndpoints, { base, idOf }: MountPoint): Route[] {
  const update = (method: 'put' | 'patch') =>
    route({
      method,
      path: `${base}/:id`,
      id: idOf(method === 'put' ? 'replace' : 'update'),
      summary: 'Change a webhook',
      tag,
      scope: 'write:webhooks',
      params: WebhookParams,
      body: UpdateWebhook,
      response: Webhook,
      examples: { body: examples.update, response: examples.webhook },
    }).handle(async ({ params: { id }, body, caller }) =>
      presentWebhook(await webhooks.update(await webhooks.accountOf(caller, id), id, body, caller.keyId)),
    )
  return [
    route({
      method: 'post',
      path: base,
      id: idOf('create'),
      summary: 'Create a webhook',
      description:
        'Receives events from now on: those of the key’s account, of `accountId`, or, with a key for all ' +
        'accounts and no `accountId`, of all accounts, including later ones. The secret is in this answer and never ' +
        'shown again. Private addresses are refused unless `webhooks.allowPrivate` lists them. The webhook has the rights of the key that ' +
        'made or last changed it: its events include texts and files with `read:messages`, and it stops when the key is revoked or expires.',
      tag,
      scope: 'write:webhooks',
      idempotent: true,
      secret: true,
      status: 201,
      body: CreateWebhook,
      response: WebhookWithSecret,
      examples: { body: examples.create, response: { ...examples.webhook, secret: examples.secret } },
    }).handle(
      async ({ body, caller }) => presentWithSecret(await webhooks.create(caller, body)),
      undefined,
      ({ body }) => webhooks.checkAddress(body.url),
    ),
    update('put'),
    update('patch'),
    route({
      method: 'delete',
      path: `${base}/:id`,
      id: idOf('delete'),
      summary: 'Delete a webhook; what waits for it is cancelled',
      tag,
      scope: 'write:webhooks',
      params: WebhookParams,
      response: Done,
      examples: { response: { success: true } },
    }).handle(async ({ params: { id }, caller }) => {
      await webhooks.delete(await webhooks.accountOf(caller, id), id)
      return { success: true as const }
    }),
  ]
}

function toggleRoutes(webhooks: WebhookEndpoints, { base, idOf }: MountPoint): Route[] {
  return (['patch', 'post'] as const).map((method) =>
    route({
      method,
      path: `${base}/:id/toggle`,
      ...(method === 'post' && { idempotent: true as const }),
      id: idOf(method === 'patch' ? 'toggle' : 'toggle-post'),
      summary: 'Switch a webhook on or off',
      description: 'Deliveries waiting when it is switched off are made when it is switched on again.',
      tag,
      scope: 'write:webhooks',
      params: WebhookParams,
      body: ToggleWebhook,
      response: Webhook,
      examples: { body: { isActive: false }, response: examples.webhook },
    }).handle(async ({ params: { id }, body, caller }) =>
      presentWebhook(
        await webhooks.toggle(await webhooks.accountOf(caller, id), id, {
          isActive: body.isActive,
          keyId: caller.keyId,
        }),
      ),
    ),
  )
}

function actionRoutes(webhooks: WebhookEndpoints, { base, idOf }: MountPoint): Route[] {
  return [
    route({
      method: 'post',
      path: `${base}/:id/test`,
      // Waits for the receiver, which recognises a second test as one.
      idempotent: 'beside',
      id: idOf('test'),
      summary: 'Send a test event now and report the outcome',
      tag,
      scope: 'write:webhooks',
      params: WebhookParams,
      response: TestResult,
      examples: { response: examples.attempt },
    }).handle(async ({ params: { id }, caller }) =>
      presentTest(await webhooks.test(await webhooks.accountOf(caller, id), id)),
    ),
    route({
      method: 'post',
      path: `${base}/:id/regenerate-secret`,
      idempotent: true,
      secret: true,
      id: idOf('regenerate-secret'),
      summary: 'Replace the secret; the former one also signs for 24 hours',
      tag,
      scope: 'write:webhooks',
      params: WebhookParams,
      response: WebhookWithSecret,
      examples: { response: { ...examples.webhook, secret: examples.secret } },
    }).handle(async ({ params: { id }, caller }) =>
      presentWithSecret(
        await webhooks.regenerateSecret(await webhooks.accountOf(caller, id), id, caller.keyId),
      ),
    ),
    route({
      method: 'post',
      path: `${base}/:id/replay`,
      // A long log is put in line in several transactions; receivers recognise repeated deliveries by their ids.
      idempotent: 'beside',
      id: idOf('replay'),
      summary: 'Redeliver one delivery, all failed ones, or all since a time or event',
      description: 'Ids and bodies stay the same, so that receivers can recognise duplicates.',
      tag,
      scope: 'write:webhooks',
      params: WebhookParams,
      body: ReplayWebhook,
      response: Queued,
      examples: { body: { failed: true }, response: { success: true, queued: 3 } },
    }).handle(async ({ params: { id }, body, caller }) => {
      const accountId = await webhooks.accountOf(caller, id)
      return { success: true as const, queued: await webhooks.replay(accountId, id, readReplay(body)) }
    }),
  ]
}
