import type { AccountId, EndpointId } from '../../core/ids.ts'
import { setMaxListeners } from 'node:events'
import type { ApiKeyRecord } from '../access/api-key.ts'
import { grants } from '../access/scopes.ts'
import type { AttemptRecord } from './webhook.ts'
import { headersUse, secretUse } from './webhook.ts'
import type { WebhookGate } from './webhook-gate.ts'
import { cancelForDeleted, cancelOutdated, pruneDeliveries } from './queries/deliveries-special.ts'
import { activeEndpointIds, endpointForDelivery } from './queries/endpoints.ts'
import type { EndpointSecrets } from './queries/endpoints.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import { WebhookClient } from './webhook-client.ts'
import type { Destination, RequestTimeouts } from './webhook-client.ts'
import type { DestinationPolicy } from '../../net/destination.ts'
import { Dispatcher } from './dispatcher.ts'
import type { WebhookFormats } from './format.ts'
import type { MediaUrl } from '../media/media.ts'
import { replayAfter } from './replay.ts'
import { sendTest } from './test-delivery.ts'
import { EndpointWorker, maxConcurrentTries } from './worker.ts'
import type { LoadedEndpoint, WorkerParts } from './worker.ts'

/** Time that deliveries in flight may take at the stop; cut ones are sent again at the next start. */
const stopGraceMs = 3000
const maxSleepMs = 60_000
/** Rows deleted or changed per transaction, so that nothing waits long for it. */
const choreBatch = 500
const dayMs = 24 * 60 * 60_000

/** Holds the dependencies and settings of delivery. */
export interface WebhooksOptions {
  store: Store
  clock: Clock
  log: Logger
  secrets: SecretBox
  policy: DestinationPolicy
  formats: WebhookFormats
  version: string
  retentionDays: number
  /** Returns addresses of files that work for a while without a key; paths by default. */
  mediaUrl?: MediaUrl
  limits?: RequestTimeouts
  /** Returns a random number from 0 to 1, for delays. */
  random?: () => number
}

/** Follows the event log and delivers it to the endpoints. All state is in the database: a kill changes nothing. */
export class Webhooks implements Part, WebhookGate {
  readonly name = 'webhooks'
  private readonly options: WebhooksOptions
  private readonly workers = new Map<number, { worker: EndpointWorker; running: Promise<void> }>()
  private readonly dispatcher: Dispatcher
  private readonly stopping = new AbortController()
  private readonly cutting = new AbortController()
  private readonly client: WebhookClient
  private readonly loop: WorkLoop
  private isStarted = false
  private cancelling: Promise<void> | undefined
  /** Rights that each open endpoint had when they were last read. */
  private readonly rights = new Map<number, string>()

  constructor(options: WebhooksOptions) {
    this.options = options
    // Every endpoint listens to them.
    setMaxListeners(0, this.stopping.signal, this.cutting.signal)
    const { policy, formats, version, limits } = options
    this.client = new WebhookClient({
      policy,
      formats,
      version,
      perEndpoint: maxConcurrentTries,
      ...(limits ? { limits } : {}),
    })
    this.dispatcher = new Dispatcher({
      ...options,
      onDeliveries: (id) => this.workers.get(id)?.worker.arrived(),
    })
    this.loop = new WorkLoop({
      name: 'webhooks: events',
      turn: (signal) => this.dispatcher.turn(signal).then(() => false),
      sleepMs: () => maxSleepMs,
      wokenBy: [options.store.eventsAppended],
      failed: (error) =>
        options.log.error({ err: error }, 'events could not be made deliveries; it is tried again'),
      faultPause: { ms: 5000, endsOnWake: false },
    })
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.stopping.abort(), { once: true })
    for (const id of await activeEndpointIds(this.options.store.read)) this.startWorker(id)
    this.isStarted = true
    this.loop.start(this.stopping.signal)
  }

  /** Lets deliveries in flight end; starts nothing new. */
  async stop(): Promise<void> {
    this.stopping.abort()
    const deadline = setTimeout(() => this.cutting.abort(), stopGraceMs)
    await Promise.all([this.loop.ended(), ...[...this.workers.values()].map(({ running }) => running)])
    clearTimeout(deadline)
    await this.cancelling
    await this.client.close()
  }

  check(url: string): Promise<void> {
    return this.options.policy.check(url)
  }

  changed(endpointId: EndpointId): void {
    // Before the start there are no workers; the start looks for itself.
    if (!this.isStarted) return
    const running = this.workers.get(endpointId)
    if (running) running.worker.refresh()
    else if (!this.stopping.signal.aborted) this.startWorker(endpointId)
    this.cancelling ??= this.cancelDeleted(this.stopping.signal)
      .catch((error: unknown) =>
        this.options.log.error({ err: error }, 'deliveries of a deleted webhook could not be cancelled'),
      )
      .finally(() => (this.cancelling = undefined))
  }

  keysChanged(): void {
    this.refreshChanged().catch((error: unknown) =>
      this.options.log.error({ err: error }, 'the rights of webhooks could not be reloaded'),
    )
  }

  private async refreshChanged(): Promise<void> {
    for (const [id, before] of this.rights) {
      const now = rightsOf(await endpointForDelivery(this.options.store.read, id))
      if (now !== before) this.workers.get(id)?.worker.refresh()
    }
  }

  redacted(): void {
    for (const { worker } of this.workers.values()) worker.forget()
  }

  async test(accountId: AccountId, endpointId: EndpointId): Promise<AttemptRecord> {
    const { store, clock, formats } = this.options
    const loaded = await this.load(endpointId, true)
    const parts = { store, clock, formats, client: this.client, signal: this.cutting.signal }
    return sendTest(parts, accountId, endpointId, loaded)
  }

  replay(accountId: AccountId, endpointId: EndpointId, after: number): Promise<number> {
    return replayAfter(this.options, accountId, endpointId, after)
  }

  /**
   * Deletes deliveries and bodies older than the retention, also those that wait so long for a disabled endpoint. First cancels
   * deliveries that a crash left uncancelled. Ends early when the signal aborts; the next run continues.
   */
  async prune(signal: AbortSignal): Promise<void> {
    const { store, clock, retentionDays } = this.options
    await this.cancelDeleted(signal)
    const before = new Date(clock.now().getTime() - retentionDays * dayMs)
    let hasMore = true
    while (hasMore && !signal.aborted) {
      hasMore = await store.write(
        async (trx) =>
          (await cancelOutdated(trx, before, choreBatch)) || (await pruneDeliveries(trx, before, choreBatch)),
      )
    }
  }

  private startWorker(id: number): void {
    const { store, clock, log, random = Math.random } = this.options
    const load: WorkerParts['load'] = (id) => this.load(id, false)
    const worker = new EndpointWorker(id, {
      store,
      clock,
      log,
      random,
      load,
      client: this.client,
    })
    const running = worker.run(this.stopping.signal, this.cutting.signal).finally(() => {
      this.workers.delete(id)
      this.rights.delete(id)
      // It was switched on again while the worker ended.
      if (worker.isOutdated && !this.stopping.signal.aborted) this.startWorker(id)
    })
    this.workers.set(id, { worker, running })
  }

  /** Loads an endpoint with its secrets decrypted; undefined if it is deleted, or disabled and that matters. */
  private async load(id: number, evenInactive: boolean): Promise<LoadedEndpoint | undefined> {
    const held = await endpointForDelivery(this.options.store.read, id)
    this.rights.set(id, rightsOf(held))
    if (!held || (!held.endpoint.isActive && !evenInactive)) return undefined
    const opened = this.opened(id, held.endpoint, held.secrets)
    const { key } = held
    return {
      endpoint: held.endpoint,
      destination: opened && { ...opened, seesContent: () => this.shows(key) },
    }
  }

  private opened(
    id: number,
    { url, format }: LoadedEndpoint['endpoint'],
    sealed: EndpointSecrets,
  ): Destination | undefined {
    const { secrets: box, clock } = this.options
    const secret = box.open(sealed.secret, secretUse(id))
    const headers = sealed.headers === null ? '{}' : box.open(sealed.headers, headersUse(id))
    if (secret === undefined || headers === undefined) return undefined
    const old = sealed.oldSecret === null ? undefined : box.open(sealed.oldSecret, secretUse(id))
    const until = sealed.oldSecretUntil
    return {
      url: new URL(url),
      format,
      headers: JSON.parse(headers) as Record<string, string>,
      secrets: () => (old === undefined || until === null || until <= clock.now() ? [secret] : [secret, old]),
    }
  }

  /** Tells whether an endpoint may see content; without a key, as in the configuration, it has all rights. */
  private shows(key: ApiKeyRecord | undefined): boolean {
    if (key === undefined) return true
    const hasEnded = key.expiresAt !== null && key.expiresAt <= this.options.clock.now()
    return key.revokedAt === null && !hasEnded && grants(key.scopes, 'read:messages')
  }

  /** Cancels the deliveries of deleted endpoints, in small pieces in the background. */
  private async cancelDeleted(signal: AbortSignal): Promise<void> {
    let hasMore = true
    while (hasMore && !signal.aborted) {
      hasMore = await this.options.store.write((trx) => cancelForDeleted(trx, choreBatch))
    }
  }
}

/** Returns equal texts for two readings of an endpoint between which its rights did not change. */
function rightsOf(held: Awaited<ReturnType<typeof endpointForDelivery>>): string {
  const { endpoint, key } = held ?? {}
  return JSON.stringify([endpoint?.isActive, key?.scopes, key?.revokedAt, key?.expiresAt])
}
