import type { AccountId, EndpointId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import type { AttemptRecord } from './webhook.ts'
import { recordTest } from './queries/deliveries-special.ts'
import { loadEventFacts } from './event-facts.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { WebhookClient } from './webhook-client.ts'
import { makeBody } from './format.ts'
import type { WebhookFormats } from './format.ts'
import type { AttemptOutcome } from './schedule.ts'
import type { LoadedEndpoint } from './worker.ts'

/** Holds the dependencies of a test. */
export interface TestParts {
  store: Store
  clock: Clock
  formats: WebhookFormats
  client: WebhookClient
  signal: AbortSignal
}

/** Sends `webhook.test` to one endpoint, ahead of everything that waits: one attempt, logged like any other. */
export async function sendTest(
  { store, clock, formats, client, signal }: TestParts,
  accountId: AccountId,
  endpointId: EndpointId,
  loaded: LoadedEndpoint | undefined,
): Promise<AttemptRecord> {
  if (!loaded) throw new AppError('not_found', 'No such webhook')
  const { endpoint, destination } = loaded
  const data = { webhookId: endpointId }
  const event = await store.write((trx) =>
    appendEvent(trx, { name: 'webhook.test', accountId, chatId: null, data }, clock.now()),
  )
  const body = makeBody(formats[endpoint.format], await loadEventFacts(store.read, event))
  const at = clock.now()
  const began = performance.now()
  const outcome: AttemptOutcome = destination
    ? await client.post(destination, { id: event.id, event: event.name, body }, at, signal)
    : { kind: 'failed', error: 'unreadable_secret', status: null, response: '', retryAfterMs: null }
  const attempt: AttemptRecord = {
    number: 1,
    trigger: 'test',
    at,
    durationMs: Math.round(performance.now() - began),
    statusCode: outcome.status,
    error: outcome.kind === 'failed' ? outcome.error : null,
    response: outcome.response,
    nextAttemptAt: null,
  }
  await store.write((trx) => recordTest(trx, event, { endpointId, format: endpoint.format, body, attempt }))
  return attempt
}
