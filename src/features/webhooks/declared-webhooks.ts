import { AppError, SetupError } from '../../core/errors.ts'
import { headersUse, makeWebhookSecret, secretUse } from './webhook.ts'
import type { WebhookEndpoint, WebhookFormatName } from './webhook.ts'
import type { WebhookGate } from './webhook-gate.ts'
import { switchEndpoint } from './queries/endpoint-ranges.ts'
import {
  configEndpoints,
  endpointForDelivery,
  insertEndpoint,
  markDeleted,
  setSecrets,
  updateEndpoint,
} from './queries/endpoints.ts'
import { newestSeq } from '../events/records.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { SecretBox } from '../../util/secret-box.ts'

/** Describes a webhook of the configuration file, identified by its name. */
export interface DeclaredWebhook {
  name: string
  url: string
  events: readonly string[]
  format: WebhookFormatName
  headers: Readonly<Record<string, string>>
  /** Null: the gateway creates one. */
  secret: string | null
  /** The account whose events it gets. */
  account: number
  active: boolean
}

interface Parts {
  store: Store
  clock: Clock
  secrets: SecretBox
  gate: Pick<WebhookGate, 'check' | 'changed'>
}

/**
 * Makes the configuration file's webhooks match the file: adds new names, which get events from now on, changes known
 * ones, and removes those no longer in the file.
 * @throws SetupError for a forbidden address
 */
export async function declareWebhooks(parts: Parts, declared: readonly DeclaredWebhook[]): Promise<void> {
  for (const { name, url } of declared) await checkUrl(parts.gate, name, url)
  await parts.store.write(async (trx) => {
    const touch = (id: number) => afterCommit(trx, () => parts.gate.changed(id))
    const known = await configEndpoints(trx)
    for (const webhook of declared) {
      const same = known.find((each) => each.name === webhook.name && each.accountId === webhook.account)
      touch(await declareOne(parts, trx, webhook, same))
    }
    for (const endpoint of known) {
      const isDeclared = declared.some(
        ({ name, account }) => name === endpoint.name && account === endpoint.accountId,
      )
      if (isDeclared) continue
      await markDeleted(trx, endpoint.id, parts.clock.now())
      touch(endpoint.id)
    }
  })
}

async function checkUrl(gate: Parts['gate'], name: string, url: string): Promise<void> {
  try {
    await gate.check(url)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new SetupError(`webhooks.endpoints, "${name}": ${error.message}`, { cause: error })
  }
}

async function declareOne(
  { secrets, clock }: Parts,
  trx: Trx,
  webhook: DeclaredWebhook,
  known: WebhookEndpoint | undefined,
): Promise<number> {
  const at = clock.now()
  const { account: accountId, active: isActive, url, events, format, name } = webhook
  const seq = await newestSeq(trx, accountId)
  const draft = { accountId, name, url, events, format, isActive, source: 'config' as const, fromSeq: seq }
  const id = known?.id ?? (await insertEndpoint(trx, draft, at))
  if (known) await updateEndpoint(trx, id, { url, events, format }, at)
  // A webhook that the gateway switched off stays off until a person switches it on.
  if (known && known.isActive !== isActive && known.disabledReason === null) {
    await switchEndpoint(trx, known, { isActive, reason: null })
  }
  const names = Object.keys(webhook.headers)
  const held = await endpointForDelivery(trx, id)
  const current = held && secrets.open(held.secrets.secret, secretUse(id))
  const secret = webhook.secret ?? current ?? makeWebhookSecret()
  await setSecrets(trx, id, {
    ...(secret === current ? {} : { secret: secrets.seal(secret, secretUse(id)) }),
    headers: names.length === 0 ? null : secrets.seal(JSON.stringify(webhook.headers), headersUse(id)),
    headerNames: names,
  })
  return id
}
