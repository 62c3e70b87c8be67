import type { Counter, Gauge, Registry } from 'prom-client'
import type { ConnectionState } from '../../../features/accounts/connection.ts'
import { AppError } from '../../../core/errors.ts'
import type { AccountSample, NewCounts, Sample } from '../../../features/insight/metrics.ts'
import { accountRef } from '../../shared/ids.ts'
import { RawAnswer, route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { Metrics } from '../../../features/insight/metrics.ts'

/** Every label is from a closed set: accounts and their names, our own words. Never a chat, a person or a text. */
const gauges = {
  account_name: ['1 for the current name of an account', 'account', 'name'],
  connection_state: ['1 for the current state of the connection of an account', 'account', 'state'],
  connection_drops: ['Connections lost in the last hour', 'account'],
  outbox_waiting: [
    'Messages that wait to be sent, by reason; in_line: waiting their turn',
    'account',
    'class',
    'reason',
  ],
  outbox_oldest_age_seconds: ['How long the oldest message has waited', 'account'],
  new_chats_held: ['1 while WhatsApp keeps the account from starting new chats', 'account', 'reason'],
  new_chats_held_until_seconds: ['When that ends, as Unix time; 0 if unknown', 'account'],
  new_chats_cap_used: ['New chats in this cycle, as counted by WhatsApp', 'account'],
  new_chats_cap_limit: ['New chats that WhatsApp allows per cycle', 'account'],
  webhook_deliveries_pending: ['Deliveries that are still to be made', 'account'],
  webhooks_failing: ['Webhooks that keep failing', 'account'],
  backup_age_seconds: ['The age of the newest scheduled backup; +Inf: there is none yet'],
  event_loop_delay_max_seconds: ['The longest delay of the event loop since the last scrape'],
} as const satisfies Record<string, readonly [help: string, ...labels: string[]]>

const counters = {
  messages_total: ['Messages received, and messages sent by status', 'account', 'direction', 'status'],
  events_total: ['Events of the log', 'account', 'event'],
  webhook_attempts_total: ['Attempts to deliver an event', 'account', 'outcome'],
  bot_turns_total: ['Turns of the bot', 'account'],
  event_loop_stalls_total: ['Delays of the event loop over half a second'],
  received_unkept_total: [
    'Stanzas received but not kept as a message or change, by reason',
    'account',
    'reason',
  ],
} as const satisfies Record<string, readonly [help: string, ...labels: string[]]>

const states = Object.keys({
  starting: 0,
  connecting: 0,
  pairing: 0,
  open: 0,
  waiting: 0,
  closed: 0,
} satisfies Record<ConnectionState['kind'], 0>)

type Values = Record<string, string>

/** Writes the metrics in Prometheus' format. Its library is loaded on first use. */
class MetricsPage {
  private readonly source: Metrics
  private loading: Promise<Board> | undefined
  private turn: Promise<unknown> = Promise.resolve()

  constructor(source: Metrics) {
    this.source = source
  }

  /** Serves one request after another: each gets the events since the one before. */
  read(): Promise<{ type: string; text: string }> {
    const next = this.turn.then(() => this.readNow())
    this.turn = next.catch(() => undefined)
    return next
  }

  private async readNow(): Promise<{ type: string; text: string }> {
    const board = await (this.loading ??= Board.load())
    board.show(await this.source.sample())
    return { type: board.registry.contentType, text: await board.registry.metrics() }
  }
}

class Board {
  readonly registry: Registry
  private readonly gauges: Record<keyof typeof gauges, Gauge>
  private readonly counters: Record<keyof typeof counters, Counter>
  /** Stalls that are counted already. */
  private stalls = 0

  private constructor(registry: Registry, made: MadeMetrics) {
    this.registry = registry
    this.gauges = made.gauges
    this.counters = made.counters
  }

  static async load(): Promise<Board> {
    const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client')
    const registry = new Registry()
    // Sampling every 50 ms suffices to see a blocked loop, and lets a small machine sleep.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })
    const make = <N extends string, T>(
      names: Readonly<Record<N, readonly [string, ...string[]]>>,
      one: (options: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => T,
    ) =>
      Object.fromEntries(
        (Object.entries(names) as [N, readonly [string, ...string[]]][]).map(
          ([name, [help, ...labelNames]]) => [
            name,
            one({ name: `zaguan_${name}`, help, labelNames, registers: [registry] }),
          ],
        ),
      ) as Record<N, T>
    return new Board(registry, {
      gauges: make(gauges, (options) => new Gauge(options)),
      counters: make(counters, (options) => new Counter(options)),
    })
  }

  show({ accounts, counts, loop, backupAgeMs }: Sample): void {
    // Drops values that are no longer true.
    for (const gauge of Object.values(this.gauges)) gauge.reset()
    for (const account of accounts) this.showAccount(account)
    if (backupAgeMs === null) this.gauges.backup_age_seconds.remove()
    else this.gauges.backup_age_seconds.set(backupAgeMs / 1000)
    this.gauges.event_loop_delay_max_seconds.set(loop.maxMs / 1000)
    this.counters.event_loop_stalls_total.inc(loop.stalls - this.stalls)
    this.stalls = loop.stalls
    this.add(counts)
  }

  private showAccount({
    id,
    name: accountName,
    state,
    drops,
    outbox,
    oldestWaitingMs,
    restriction,
    webhooks,
  }: AccountSample) {
    const set = (name: keyof typeof gauges, value: number, labels: Values = {}) =>
      this.gauges[name].set({ account: accountRef(id), ...labels }, value)
    set('account_name', 1, { name: accountName })
    for (const each of states) set('connection_state', each === state ? 1 : 0, { state: each })
    set('connection_drops', drops)
    for (const { sendClass, reason, count } of outbox) {
      set('outbox_waiting', count, { class: sendClass, reason: reason ?? 'in_line' })
    }
    set('outbox_oldest_age_seconds', (oldestWaitingMs ?? 0) / 1000)
    const { held, standing } = restriction
    if (held) {
      set('new_chats_held', 1, { reason: held.reason })
      set('new_chats_held_until_seconds', (held.until?.getTime() ?? 0) / 1000)
    }
    if (standing.cap.used !== null) set('new_chats_cap_used', standing.cap.used)
    if (standing.cap.total !== null) set('new_chats_cap_limit', standing.cap.total)
    set('webhook_deliveries_pending', webhooks.pending)
    set('webhooks_failing', webhooks.failing)
  }

  private add({ events, attempts, turns, unkept }: NewCounts): void {
    const add = (name: keyof typeof counters, account: number, count: number, labels: Values = {}) =>
      this.counters[name].inc({ account: accountRef(account), ...labels }, count)
    for (const { account, name, status, count } of events) {
      add('events_total', account, count, { event: name })
      if (name === 'message.received') {
        add('messages_total', account, count, { direction: 'in', status: 'received' })
      }
      if (status !== null) add('messages_total', account, count, { direction: 'out', status })
    }
    for (const { account, ok, count } of attempts) {
      add('webhook_attempts_total', account, count, { outcome: ok ? 'ok' : 'failed' })
    }
    for (const { account, count } of turns) add('bot_turns_total', account, count)
    for (const { account, reason, count } of unkept) add('received_unkept_total', account, count, { reason })
  }
}

interface MadeMetrics {
  gauges: Record<keyof typeof gauges, Gauge>
  counters: Record<keyof typeof counters, Counter>
}

/** Returns the route `/metrics` for Prometheus. */
export function metricsRoute(metrics: Metrics): Route {
  const page = new MetricsPage(metrics)
  return route({
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    summary: 'Get the metrics for Prometheus',
    description:
      'Connections, messages, the outbox, limits of WhatsApp, webhooks, the bot and the process, in its text format. Counters ' +
      'begin at 0 when the gateway starts. They cover all accounts, so they need a key for all accounts.',
    tag: 'Metrics',
    scope: 'read:accounts',
    raw: 'text/plain',
    examples: { raw: 'zaguan_outbox_waiting{account="1",class="cold",reason="in_line"} 12\n' },
  }).handle(async ({ caller }) => {
    if (!caller.allAccounts || caller.mode === 'test') {
      throw new AppError('forbidden', 'These figures cover all accounts: use a key for all accounts.')
    }
    const { type, text } = await page.read()
    return new RawAnswer(type, text)
  })
}
