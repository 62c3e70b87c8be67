import { setMaxListeners } from 'node:events'
import type { AccountId } from '../domain/account.ts'
import type { AttemptRecord } from '../domain/webhook.ts'
import { headersUse, secretUse } from '../domain/webhook.ts'
import type { WebhookGate } from '../domain/webhook-gate.ts'
import { cancelForDeleted, pruneDeliveries } from '../storage/deliveries-special.ts'
import { activeEndpointIds, endpointForDelivery } from '../storage/endpoints.ts'
import type { EndpointSecrets } from '../storage/endpoints.ts'
import type { Store } from '../storage/store.ts'
import type { Bell } from '../util/bell.ts'
import { wait } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { SecretBox } from '../util/secret-box.ts'
import { Postman } from './attempt.ts'
import type { Destination, Limits } from './attempt.ts'
import type { DestinationPolicy } from './destination.ts'
import { Dispatcher } from './dispatcher.ts'
import { replayAfter } from './replay.ts'
import { sendTest } from './test-delivery.ts'
import { EndpointWorker, perEndpoint } from './worker.ts'
import type { LoadedEndpoint, WorkerParts } from './worker.ts'

/** How long what is on its way may take at the stop; what is cut off is sent again at the next start. */
const stopGraceMs = 3000
const longestSleepMs = 60_000
const faultPauseMs = 5000
const choresEveryMs = 60 * 60_000
const choreBatch = 500

export interface WebhooksOptions {
  store: Store
  clock: Clock
  log: Logger
  secrets: SecretBox
  policy: DestinationPolicy
  version: string
  /** Rung when the event log has grown. */
  news: () => Bell
  retentionDays: number
  limits?: Limits
  /** Chance for the delays, from 0 to 1. */
  random?: () => number
}

/** Follows the event log and delivers it to the endpoints. All that matters is in the database: a kill changes nothing. */
export class Webhooks implements Part, WebhookGate {
  readonly name = 'webhooks'
  private readonly options: WebhooksOptions
  private readonly workers = new Map<number, { worker: EndpointWorker; running: Promise<void> }>()
  private readonly dispatcher: Dispatcher
  private readonly stopping = new AbortController()
  private readonly cutting = new AbortController()
  private readonly postman: Postman
  private loops: Promise<void>[] = []
  private cleaning: Promise<void> | undefined

  constructor(options: WebhooksOptions) {
    this.options = options
    // Every endpoint listens to them.
    setMaxListeners(0, this.stopping.signal, this.cutting.signal)
    const { policy, version, limits } = options
    this.postman = new Postman({ policy, version, perEndpoint, ...(limits ? { limits } : {}) })
    this.dispatcher = new Dispatcher(options.store, (id) => this.workers.get(id)?.worker.arrived())
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.stopping.abort(), { once: true })
    for (const id of await activeEndpointIds(this.options.store.read)) this.employ(id)
    this.loops = [this.follow(), this.chores()]
  }

  /** What is on its way may end; nothing new begins. */
  async stop(): Promise<void> {
    this.stopping.abort()
    const deadline = setTimeout(() => this.cutting.abort(), stopGraceMs)
    await Promise.all([...this.loops, ...[...this.workers.values()].map(({ running }) => running)])
    clearTimeout(deadline)
    await this.cleaning
    await this.postman.close()
  }

  check(url: string): Promise<void> {
    return this.options.policy.check(url)
  }

  changed(endpointId: number): void {
    // Before the start nobody is employed; the start looks for itself.
    if (this.loops.length === 0) return
    const employed = this.workers.get(endpointId)
    if (employed) employed.worker.refresh()
    else if (!this.stopping.signal.aborted) this.employ(endpointId)
    this.cleanUpSoon()
  }

  async test(accountId: AccountId, endpointId: number): Promise<AttemptRecord> {
    const { store, clock, news } = this.options
    const loaded = await this.load(endpointId, true)
    const parts = { store, clock, postman: this.postman, signal: this.cutting.signal }
    const attempt = await sendTest(parts, accountId, endpointId, loaded)
    news().ring()
    return attempt
  }

  replay(accountId: AccountId, endpointId: number, after: number): Promise<number> {
    return replayAfter(this.options.store, accountId, endpointId, after)
  }

  private employ(id: number): void {
    const { store, clock, log, news, random = Math.random } = this.options
    const load: WorkerParts['load'] = (id) => this.load(id, false)
    const worker = new EndpointWorker(id, { store, clock, log, news, random, load, postman: this.postman })
    const running = worker.run(this.stopping.signal, this.cutting.signal).finally(() => {
      if (this.workers.get(id)?.worker === worker) this.workers.delete(id)
    })
    this.workers.set(id, { worker, running })
  }

  /** The endpoint with its secrets opened; undefined where it is gone, or switched off and that matters. */
  private async load(id: number, evenInactive: boolean): Promise<LoadedEndpoint | undefined> {
    const held = await endpointForDelivery(this.options.store.read, id)
    if (!held || (!held.endpoint.isActive && !evenInactive)) return undefined
    return { endpoint: held.endpoint, destination: this.opened(id, held.endpoint, held.secrets) }
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

  private async follow(): Promise<void> {
    const { log, news } = this.options
    const { signal } = this.stopping
    while (!signal.aborted) {
      try {
        await this.dispatcher.turn(signal)
        await news().wait(longestSleepMs, signal, this)
      } catch (error) {
        log.error({ err: error }, 'events cannot be turned into deliveries')
        await wait(faultPauseMs, signal)
      }
    }
  }

  private async chores(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      this.cleanUpSoon()
      await wait(choresEveryMs, signal)
    }
  }

  /** Cancels what was for deleted endpoints and forgets what is old, in small bites beside everything else. */
  private cleanUpSoon(): void {
    this.cleaning ??= this.cleanUp()
      .catch((error: unknown) =>
        this.options.log.error({ err: error }, 'old deliveries could not be removed'),
      )
      .finally(() => (this.cleaning = undefined))
  }

  private async cleanUp(): Promise<void> {
    const { store, clock, retentionDays } = this.options
    const before = new Date(clock.now().getTime() - retentionDays * 24 * 60 * 60_000)
    const bite = () =>
      store.write(
        async (trx) =>
          (await cancelForDeleted(trx, choreBatch)) || (await pruneDeliveries(trx, before, choreBatch)),
      )
    let hasMore = true
    while (hasMore && !this.stopping.signal.aborted) hasMore = await bite()
  }
}
