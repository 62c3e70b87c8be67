import { z } from 'zod'
import { BatchBody, presentBatch } from './batches-schema.ts'
import { OutboxBody, OutboxQuery, presentOutbox } from './outbox-schema.ts'
import { idParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { scheduleRoutes } from './schedules-routes.ts'
import { templateRoutes } from './templates-routes.ts'
import type { Sending } from '../../../features/sending/sending.ts'

const tag = 'Sending'

function batchRoutes(batches: Sending['batches']): Route[] {
  const params = z.strictObject({ id: idParam('The `batchId` of a send') })
  return [
    route({
      method: 'get',
      path: '/api/v1/batches/:id',
      id: 'sending.batches.get',
      summary: 'Get the progress of a send to many recipients',
      tag,
      scope: 'read:messages',
      params,
      response: BatchBody,
      examples: { response: examples.batch },
    }).handle(async ({ params: { id }, caller }) => presentBatch(await batches.get(caller.accountId, id))),
    route({
      method: 'post',
      path: '/api/v1/batches/:id/cancel',
      // Page by page: each reserves its messages from the senders until its own transaction is committed.
      idempotent: 'beside',
      id: 'sending.batches.cancel',
      summary: 'Stop a send to many recipients',
      description: 'Cancels messages not tried yet; those that may have been sent stay.',
      tag,
      scope: 'write:messages',
      params,
      response: BatchBody,
      examples: { response: { ...examples.batch, waiting: 0, cancelled: 20, expectedEnd: null } },
    }).handle(async ({ params: { id }, caller }) => presentBatch(await batches.cancel(caller.accountId, id))),
  ]
}

/** Returns the routes about how and when messages go out. */
export function sendingRoutes(sending: Sending): Route[] {
  return [
    ...batchRoutes(sending.batches),
    ...scheduleRoutes(sending.schedules),
    ...templateRoutes(sending.templates),
    route({
      method: 'get',
      path: '/api/v1/outbox',
      id: 'sending.outbox',
      summary: 'List the outbox in the order of sending, with reasons',
      tag,
      scope: 'read:messages',
      query: OutboxQuery,
      response: OutboxBody,
      examples: { response: examples.outbox },
    }).handle(async ({ query: { class: sendClass, ...page }, caller }) =>
      presentOutbox(await sending.waiting.list(caller.accountId, { ...page, sendClass })),
    ),
  ]
}
