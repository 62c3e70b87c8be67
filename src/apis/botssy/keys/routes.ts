import { z } from 'zod'
import { KeyBody, KeyList, KeyPatchBody, KeyView, NewKey, presentKey } from './schema.ts'
import { idParam } from '../../shared/params.ts'
import * as examples from './examples.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { ApiKeys } from '../../../features/access/api-keys.ts'

const common = { tag: 'API keys', scope: 'admin' } as const

/** Returns the routes of keys, under both addresses of the management. */
export function keyRoutes(apiKeys: ApiKeys): Route[] {
  return [
    ...routesAt('/api-management/keys', 'keys', apiKeys),
    ...routesAt('/api/v1/api-management/keys', 'keys.v1', apiKeys),
  ]
}

function routesAt(path: string, id: string, apiKeys: ApiKeys): Route[] {
  return [...makingRoutesAt(path, id, apiKeys), ...changingRoutesAt(path, id, apiKeys)]
}

function makingRoutesAt(path: string, id: string, apiKeys: ApiKeys): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path,
      id: `${id}.list`,
      summary: 'List the API keys',
      response: KeyList,
      examples: { response: [examples.key] },
    }).handle(async ({ caller }) => (await apiKeys.list(caller)).map(presentKey)),
    route({
      ...common,
      method: 'post',
      path,
      id: `${id}.create`,
      summary: 'Make an API key',
      description:
        'The key is shown only here. An answer kept for its `Idempotency-Key` can only be opened by the key that made the request.',
      idempotent: true,
      secret: true,
      status: 201,
      body: KeyBody,
      response: NewKey,
      examples: {
        body: { name: 'CRM', scopes: ['read:conversations', 'write:messages'], accountId: 1 },
        response: { ...examples.key, key: 'bsk_live_4fJ2…' },
      },
    }).handle(async ({ body, caller }) => {
      const { key, record } = await apiKeys.create(caller, { ...body, accountId: body.accountId ?? null })
      return { ...presentKey(record), key }
    }),
  ]
}

function changingRoutesAt(path: string, id: string, apiKeys: ApiKeys): Route[] {
  return [
    route({
      ...common,
      method: 'patch',
      path: `${path}/:id`,
      id: `${id}.update`,
      summary: 'Change an API key',
      description:
        'Takes effect from the next request on. Fields left out stay; a new `plan` sets its own limits, and null removes a limit or the end ' +
        'of the key. Account, mode and the key itself never change. 409 for a key that was revoked or comes from the configuration, ' +
        'and if no key could manage keys afterwards.',
      params: z.strictObject({ id: idParam('The key') }),
      body: KeyPatchBody,
      response: KeyView,
      examples: {
        body: { scopes: ['read:conversations'], perMinute: 60, expiresAt: '2030-01-31T12:00:00Z' },
        response: {
          ...examples.key,
          scopes: ['read:conversations'],
          limits: { perMinute: 60, perDay: null },
          expiresAt: '2030-01-31T12:00:00Z',
        },
      },
    }).handle(async ({ params, body, caller }) => presentKey(await apiKeys.change(caller, params.id, body))),
    route({
      ...common,
      method: 'delete',
      path: `${path}/:id`,
      id: `${id}.revoke`,
      summary: 'Revoke an API key',
      params: z.strictObject({ id: idParam('The key') }),
      response: KeyView,
      examples: { response: { ...examples.key, revokedAt: '2026-03-26T14:00:00Z' } },
    }).handle(async ({ params, caller }) => presentKey(await apiKeys.revoke(caller, params.id))),
  ]
}
