import { onTestFinished, vi } from 'vitest'
import type { EventRecord } from '../../../src/core/events.ts'
import { enqueueDelivery, storePayload } from '../../../src/features/webhooks/queries/deliveries.ts'
import {
  countPending,
  endpointForDelivery,
  insertEndpoint,
} from '../../../src/features/webhooks/queries/endpoints.ts'
import type { Store } from '../../../src/db/store.ts'
import { wait } from '../../../src/util/clock.ts'
import type { Logger } from '../../../src/util/logger.ts'
import type { AttemptOutcome } from '../../../src/features/webhooks/schedule.ts'
import { EndpointWorker } from '../../../src/features/webhooks/worker.ts'
import { storeWithAccount } from '../../db/folder.ts'
import { turns } from '../../util/turns.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute

export const accepts: AttemptOutcome = { kind: 'delivered', status: 200, response: '' }
const failed = { kind: 'failed', response: '', retryAfterMs: null } as const
export const refuses = (status = 500, retryAfterMs: number | null = null): AttemptOutcome => ({
  ...failed,
  error: 'http_status',
  status,
  retryAfterMs,
})
export const isAway: AttemptOutcome = { ...failed, error: 'connection_refused', status: null }
export const timesOut: AttemptOutcome = { ...failed, error: 'timeout', status: null }

/** A receiver's reaction to an attempt: the outcome, and the milliseconds until then. */
export type Behaviour = (event: { chat: number; n: number }) => { outcome: AttemptOutcome; afterMs: number }

export interface Arrival {
  chat: number
  n: number
  at: number
  outcome: AttemptOutcome
}

const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: (facts: unknown) => {
    throw new Error('the worker has an error', { cause: facts })
  },
} as unknown as Logger

/** One endpoint with the real worker and the real database on a clock of the test; only the network is made up. */
export class Simulation {
  readonly arrivals: Arrival[] = []
  behaviour: Behaviour = () => ({ outcome: accepts, afterMs: 10 })
  readonly endpointId: number
  private readonly store: Store
  private readonly random: () => number
  private seq = 0
  private worker: EndpointWorker | undefined
  private running: Promise<void> = Promise.resolve()
  private stopping = new AbortController()

  private constructor(store: Store, endpointId: number, random: () => number) {
    this.store = store
    this.endpointId = endpointId
    this.random = random
  }

  static async start(random: () => number = () => 0): Promise<Simulation> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_800_000_000_000 })
    onTestFinished(() => void vi.useRealTimers())
    const store = await storeWithAccount()
    const endpoint = {
      accountId: 1,
      name: 'CRM',
      url: 'https://crm.example/hook',
      events: ['*'],
      format: 'standard' as const,
      isActive: true,
      source: 'api' as const,
      fromSeq: 0,
    }
    const id = await store.write((trx) => insertEndpoint(trx, endpoint, new Date()))
    const simulation = new Simulation(store, id, random)
    simulation.begin()
    onTestFinished(() => simulation.end())
    return simulation
  }

  /** Puts events of chats in line, in this order. */
  async put(chats: readonly number[]): Promise<void> {
    await this.store.writeLazily(async (trx) => {
      for (const chat of chats) {
        const n = ++this.seq
        const event: EventRecord = {
          id: `evt_${n}`,
          accountId: 1,
          seq: n,
          name: 'message.received',
          chatId: chat,
          data: { messageId: n, chatId: chat },
          createdAt: new Date(),
        }
        await storePayload(trx, event, 'standard', JSON.stringify({ chat, n }))
        await enqueueDelivery(trx, event, {
          endpointId: this.endpointId,
          format: 'standard',
          trigger: 'event',
        })
      }
      await countPending(trx, this.endpointId, chats.length)
    })
    this.worker?.arrived()
  }

  /** Ends the worker and its running attempts as a kill does, and starts one from the database. */
  async restart(): Promise<void> {
    await this.end()
    this.begin()
  }

  async end(): Promise<void> {
    this.stopping.abort()
    let ended = false
    void this.running.then(() => (ended = true))
    await turns(3)
    while (!ended) await this.step()
  }

  /** Lets time go by. */
  async pass(ms: number): Promise<void> {
    let over = false
    setTimeout(() => (over = true), ms)
    while (!over) await this.step()
    await turns(3)
  }

  /** Lets time go by until everything is delivered. */
  async drain(maxMs: number): Promise<void> {
    const until = Date.now() + maxMs
    while (Date.now() < until && (await this.open()) > 0) await this.pass(10 * second)
  }

  /** Counts the deliveries that are neither delivered nor given up. */
  async open(): Promise<number> {
    const held = await endpointForDelivery(this.store.read, this.endpointId)
    return held?.endpoint.health.pending ?? 0
  }

  async health() {
    const held = await endpointForDelivery(this.store.read, this.endpointId)
    if (!held) throw new Error('the endpoint is gone')
    return held.endpoint.health
  }

  /** Returns the time when an event was first delivered; undefined if it was not. */
  deliveredAt(n: number): number | undefined {
    return this.arrivals.find((arrival) => arrival.n === n && arrival.outcome.kind === 'delivered')?.at
  }

  private async step(): Promise<void> {
    await turns(3)
    vi.advanceTimersToNextTimer()
  }

  private begin(): void {
    this.stopping = new AbortController()
    const { store, random } = this
    const client = {
      post: (_: unknown, { body }: { body: string }, __: Date, cutting: AbortSignal) =>
        this.answer(JSON.parse(body) as { chat: number; n: number }, cutting),
      reaches: () => Promise.resolve(this.behaviour({ chat: 0, n: 0 }).outcome !== isAway),
    }
    const load = async (id: number) => {
      const held = await endpointForDelivery(store.read, id)
      if (!held?.endpoint.isActive) return undefined
      const { url, format } = held.endpoint
      const destination = { url: new URL(url), format, headers: {}, secrets: () => ['whsec_'] }
      return { endpoint: held.endpoint, destination }
    }
    const clock = { now: () => new Date() }
    const parts = { store, clock, log: quiet, client, random, load }
    this.worker = new EndpointWorker(this.endpointId, parts)
    this.running = this.worker.run(this.stopping.signal, this.stopping.signal)
  }

  private answer(event: { chat: number; n: number }, cutting: AbortSignal): Promise<AttemptOutcome> {
    const { outcome, afterMs } = this.behaviour(event)
    // The receiver has it, whatever becomes of the answer.
    this.arrivals.push({ ...event, at: Date.now(), outcome })
    return wait(afterMs, cutting).then(() => outcome)
  }
}
