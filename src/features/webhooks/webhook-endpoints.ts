import type { AccountId, DeliveryId, KeyId } from '../../core/ids.ts'
import type { AuditAction, AuditDraft } from '../../core/audit.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import { headersUse, makeWebhookSecret, secretUse } from './webhook.ts'
import type {
  AttemptRecord,
  DeliveryRecord,
  DeliveryState,
  WebhookEndpoint,
  WebhookFormatName,
} from './webhook.ts'
import type { WebhookGate } from './webhook-gate.ts'
import { listDeliveries, requeueDelivery, requeueFailed } from './queries/deliveries-log.ts'
import { findAccount, listAccounts } from '../accounts/records.ts'
import { beginRanges, switchEndpoint } from './queries/endpoint-ranges.ts'
import {
  countEndpoints,
  countPending,
  endpointForDelivery,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  markDeleted,
  setEndpointKey,
  setSecrets,
  updateEndpoint,
} from './queries/endpoints.ts'
import { newestSeq, seqBefore } from '../events/records.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import { noteAudit } from '../events/audit.ts'
import { declareWebhooks } from './declared-webhooks.ts'
import type { DeclaredWebhook } from './declared-webhooks.ts'

const maxEndpoints = 100
/** Time that the former secret still signs. */
const rotationMs = 24 * 60 * 60_000
const replayBatch = 1000
const replayMarginMs = 60_000
const noCommonNumbers =
  'Invalid parameter afterSeq: this webhook covers all accounts, and each numbers its own events; use since'

/** Describes an endpoint to create. */
export interface EndpointDraft {
  name: string
  url: string
  events: readonly string[]
  format: WebhookFormatName
  headers?: Readonly<Record<string, string>> | undefined
  isActive: boolean
}

/** Describes a change to an endpoint. */
export type EndpointPatch = { [K in keyof EndpointDraft]?: EndpointDraft[K] | undefined }

/** Says which deliveries to send again: one, all failed ones, or all since a time or after an event. */
export type ReplayRequest =
  | { kind: 'delivery'; id: number }
  | { kind: 'failed' }
  | { kind: 'since'; at: Date }
  | { kind: 'after'; seq: number }

type Reach = Pick<Caller, 'accountId' | 'allAccounts'> & Partial<Pick<Caller, 'mode' | 'keyId'>>

/** Manages webhook receivers, their secrets and the log of their deliveries. */
export class WebhookEndpoints {
  private readonly store: Store
  private readonly clock: Clock
  private readonly secrets: SecretBox
  private readonly gate: WebhookGate

  constructor(parts: { store: Store; clock: Clock; secrets: SecretBox; gate: WebhookGate }) {
    this.store = parts.store
    this.clock = parts.clock
    this.secrets = parts.secrets
    this.gate = parts.gate
  }

  /** Updates the endpoints of the configuration file. */
  declare(declared: readonly DeclaredWebhook[]): Promise<void> {
    const { store, clock, secrets, gate } = this
    return declareWebhooks({ store, clock, secrets, gate }, declared)
  }

  /** Lists the endpoints of the caller's account, or of all that it reaches. */
  async list(caller: Reach): Promise<WebhookEndpoint[]> {
    if (reachesAll(caller)) return listEndpoints(this.store.read, null)
    const own = await listEndpoints(this.store.read, caller.accountId)
    return (await this.isOnlyAccount(caller.accountId)) ? own : own.filter(({ allAccounts }) => !allAccounts)
  }

  /** Returns the account of an endpoint that the caller may change. @throws AppError not_found */
  async accountOf(caller: Reach, id: number): Promise<AccountId> {
    const held = await endpointForDelivery(this.store.read, id)
    const { accountId, allAccounts = false } = held?.endpoint ?? {}
    const reaches = reachesAll(caller) || (caller.accountId === accountId && !allAccounts)
    if (accountId === undefined || !reaches) throw new AppError('not_found', 'No such webhook')
    return accountId
  }

  /**
   * Returns the account of an endpoint that the caller may read: also an endpoint of all accounts, as long as there
   * is only the caller's.
   * @throws AppError not_found
   */
  async readableAccountOf(caller: Reach, id: number): Promise<AccountId> {
    const endpoint = (await this.list(caller)).find((each) => each.id === id)
    if (!endpoint) throw new AppError('not_found', 'No such webhook')
    return endpoint.accountId
  }

  /** @throws AppError not_found */
  get(accountId: AccountId, id: number): Promise<WebhookEndpoint> {
    return getEndpoint(this.store.read, accountId, id)
  }

  /**
   * Checks whether deliveries may go to an address, as far as it can be known now. @throws AppError invalid_request
   */
  checkAddress(url: string): Promise<void> {
    return this.gate.check(url)
  }

  /**
   * Creates an endpoint at a checked address that gets everything from now on: of one account, or, for a key of all
   * accounts that names none, of all. Its secret is returned only here.
   * @throws AppError not_found if the caller does not reach the account
   */
  async create(
    caller: Reach,
    { accountId: asked, ...draft }: EndpointDraft & { accountId?: AccountId | undefined },
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const accountId = asked ?? caller.accountId
    if (accountId !== caller.accountId && !reachesAll(caller)) {
      throw new AppError('not_found', 'No such account')
    }
    const allAccounts = asked === undefined && reachesAll(caller)
    const secret = makeWebhookSecret()
    return this.store.write(async (trx) => {
      if (!(await findAccount(trx, accountId))) throw new AppError('not_found', 'No such account')
      if ((await countEndpoints(trx, accountId)) >= maxEndpoints) {
        throw new AppError('conflict', `An account can have at most ${maxEndpoints} webhooks`)
      }
      const at = this.clock.now()
      // From later accounts an endpoint of all accounts gets everything.
      const fromSeq = allAccounts ? 0 : await newestSeq(trx, accountId)
      const keyId = caller.keyId ?? null
      const made = { ...draft, accountId, allAccounts, source: 'api' as const, fromSeq, keyId }
      const id = await insertEndpoint(trx, made, at)
      if (allAccounts) await beginRanges(trx, id, draft.isActive)
      await setSecrets(trx, id, { ...this.sealed(id, { secret }), ...this.sealedHeaders(id, draft.headers) })
      afterCommit(trx, () => this.gate.changed(id))
      const endpoint = await getEndpoint(trx, accountId, id)
      await noteAudit(trx, aboutWebhook(endpoint, 'webhook.created'), at)
      return { endpoint, secret }
    })
  }

  /** Changes the given fields. The endpoint gets the rights of the key `keyId`. @throws AppError not_found */
  async update(
    accountId: AccountId,
    id: number,
    patch: EndpointPatch,
    keyId: KeyId | null = null,
  ): Promise<WebhookEndpoint> {
    if (patch.url !== undefined) await this.gate.check(patch.url)
    return this.change(accountId, id, 'webhook.changed', async (trx, endpoint) => {
      refuseDeclared(endpoint)
      await setEndpointKey(trx, id, keyId)
      await updateEndpoint(trx, id, patch, this.clock.now())
      await setSecrets(trx, id, this.sealedHeaders(id, patch.headers))
      if (patch.isActive !== undefined) await this.switch(trx, accountId, id, patch.isActive)
    })
  }

  /** Switches an endpoint on or off; toggles it by default. @throws AppError not_found */
  async toggle(
    accountId: AccountId,
    id: number,
    { isActive, keyId = null }: { isActive?: boolean | undefined; keyId?: KeyId | null } = {},
  ): Promise<WebhookEndpoint> {
    return this.change(accountId, id, 'webhook.switched', async (trx, endpoint) => {
      // An endpoint that the gateway switched off can be switched on here, wherever it was declared.
      if (endpoint.disabledReason === null) refuseDeclared(endpoint)
      await setEndpointKey(trx, id, keyId)
      await this.switch(trx, accountId, id, isActive ?? !endpoint.isActive)
    })
  }

  /** Creates a new secret, shown once; the former one still signs for a day. @throws AppError not_found */
  async regenerateSecret(
    accountId: AccountId,
    id: number,
    keyId: KeyId | null = null,
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const secret = makeWebhookSecret()
    const endpoint = await this.change(accountId, id, 'webhook.secret_replaced', async (trx) => {
      await setEndpointKey(trx, id, keyId)
      const held = await endpointForDelivery(trx, id)
      const former = held && this.secrets.open(held.secrets.secret, secretUse(id))
      const until = new Date(this.clock.now().getTime() + rotationMs)
      await setSecrets(trx, id, {
        ...this.sealed(id, { secret }),
        oldSecret: former === undefined ? null : this.secrets.seal(former, secretUse(id)),
        oldSecretUntil: former === undefined ? null : until,
      })
    })
    return { endpoint, secret }
  }

  /** Deletes an endpoint and cancels its waiting deliveries. @throws AppError not_found */
  async delete(accountId: AccountId, id: number): Promise<void> {
    await this.store.writeUrgently(async (trx) => {
      const endpoint = await getEndpoint(trx, accountId, id)
      refuseDeclared(endpoint)
      await markDeleted(trx, id, this.clock.now())
      await noteAudit(trx, aboutWebhook(endpoint, 'webhook.deleted'), this.clock.now())
      afterCommit(trx, () => this.gate.changed(id))
    })
  }

  /** Sends a test at once and returns its outcome. @throws AppError not_found */
  async test(accountId: AccountId, id: number): Promise<AttemptRecord> {
    await getEndpoint(this.store.read, accountId, id)
    return this.gate.test(accountId, id)
  }

  /** Lists deliveries, newest first. @throws AppError not_found */
  async deliveries(
    accountId: AccountId,
    id: number,
    page: { limit: number; offset: number; state?: DeliveryState | undefined },
  ): Promise<{ deliveries: DeliveryRecord[]; total: number }> {
    await getEndpoint(this.store.read, accountId, id)
    return listDeliveries(this.store.read, id, page)
  }

  /**
   * Puts deliveries in line again, with their original ids and bodies. @returns how many @throws AppError not_found
   */
  async replay(accountId: AccountId, id: number, request: ReplayRequest): Promise<number> {
    await getEndpoint(this.store.read, accountId, id)
    const count = await this.requeue(accountId, id, request)
    this.gate.changed(id)
    return count
  }

  private async requeue(accountId: AccountId, id: number, request: ReplayRequest): Promise<number> {
    switch (request.kind) {
      case 'delivery':
        return this.requeueOne(id, request.id)
      case 'failed':
        return this.requeueFailed(id)
      case 'after': {
        const { allAccounts } = await getEndpoint(this.store.read, accountId, id)
        if (allAccounts && !(await this.isOnlyAccount(accountId))) {
          throw new AppError('invalid_request', noCommonNumbers)
        }
        return this.gate.replay(accountId, id, request.seq)
      }
      case 'since':
        return this.requeueSince(await getEndpoint(this.store.read, accountId, id), request.at)
      default:
        return request satisfies never
    }
  }

  private async isOnlyAccount(accountId: AccountId): Promise<boolean> {
    return (await listAccounts(this.store.read)).every(({ id }) => id === accountId)
  }

  private async requeueSince({ id, accountId, allAccounts }: WebhookEndpoint, since: Date): Promise<number> {
    const { read } = this.store
    // Phones stamp receipts: events near the moment may be ordered differently than their times.
    const at = new Date(since.getTime() - replayMarginMs)
    const accountIds = allAccounts ? (await listAccounts(read)).map((account) => account.id) : [accountId]
    let total = 0
    for (const each of accountIds) {
      total += await this.gate.replay(each, id, await seqBefore(read, each, at))
    }
    return total
  }

  private async requeueOne(id: number, deliveryId: DeliveryId): Promise<number> {
    return this.store.write(async (trx) => {
      const outcome = await requeueDelivery(trx, id, deliveryId)
      if (outcome === 'unknown') throw new AppError('not_found', 'No such delivery')
      if (outcome === 'queued') await countPending(trx, id, 1)
      return 1
    })
  }

  private async requeueFailed(id: number): Promise<number> {
    for (let total = 0; ;) {
      const { count } = await this.store.write(async (trx) => {
        const batch = await requeueFailed(trx, id, replayBatch)
        await countPending(trx, id, batch.reopened)
        return batch
      })
      total += count
      if (count < replayBatch) return total
    }
  }

  private async change(
    accountId: AccountId,
    id: number,
    action: AuditAction,
    work: (trx: Trx, endpoint: WebhookEndpoint) => Promise<void>,
  ): Promise<WebhookEndpoint> {
    return this.store.writeUrgently(async (trx) => {
      await work(trx, await getEndpoint(trx, accountId, id))
      afterCommit(trx, () => this.gate.changed(id))
      const endpoint = await getEndpoint(trx, accountId, id)
      await noteAudit(trx, aboutWebhook(endpoint, action), this.clock.now())
      return endpoint
    })
  }

  private async switch(trx: Trx, accountId: AccountId, id: number, isActive: boolean): Promise<void> {
    const endpoint = await getEndpoint(trx, accountId, id)
    if (endpoint.isActive === isActive) return
    await switchEndpoint(trx, endpoint, { isActive, reason: null })
  }

  private sealed(id: number, { secret }: { secret: string }): { secret: string } {
    return { secret: this.secrets.seal(secret, secretUse(id)) }
  }

  private sealedHeaders(
    id: number,
    headers: Readonly<Record<string, string>> | undefined,
  ): { headers?: string | null; headerNames?: string[] } {
    if (headers === undefined) return {}
    const headerNames = Object.keys(headers)
    const text = JSON.stringify(headers)
    return {
      headers: headerNames.length === 0 ? null : this.secrets.seal(text, headersUse(id)),
      headerNames,
    }
  }
}

async function getEndpoint(db: Db, accountId: AccountId, id: number): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(db, accountId, id)
  if (!endpoint) throw new AppError('not_found', 'No such webhook')
  return endpoint
}

/** Describes an endpoint for the audit log. Only the host of its address: the rest may be secret. */
function aboutWebhook(endpoint: WebhookEndpoint, action: AuditAction): AuditDraft {
  const { id, accountId, name, url, events, isActive } = endpoint
  return {
    action,
    accountId,
    subject: `webhook ${id}`,
    detail: { name, host: new URL(url).host, events, isActive },
  }
}

/** Tells whether a caller acts on all accounts; a test key acts on its test account alone. */
function reachesAll({ allAccounts, mode }: Reach): boolean {
  return allAccounts && mode !== 'test'
}

function refuseDeclared({ source, name }: WebhookEndpoint): void {
  if (source === 'api') return
  throw new AppError('conflict', `"${name}" comes from the configuration file: change it there`)
}
