import type { AccountId } from '../domain/account.ts'
import type { StatusReason } from '../domain/message.ts'
import type { SendOutcome } from '../domain/outgoing.ts'
import type { Line, Lines } from '../domain/ports.ts'
import { listAccounts } from '../storage/accounts.ts'
import { dueMessages, expiredMessages, nextOutboxTime, postpone, releaseWaiting } from '../storage/outbox.ts'
import type { DueMessage } from '../storage/outbox.ts'
import type { Store } from '../storage/store.ts'
import { backoffMs } from '../util/backoff.ts'
import { Bell } from '../util/bell.ts'
import { wait } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { OnTheWay } from './on-the-way.ts'
import { confirm } from './identity.ts'
import { changeStatus } from './statuses.ts'

/** How many messages of one account, each of another chat, are on their way at once. */
const windowSize = 20
const retryPolicy = { firstMs: 2000, maxMs: 5 * 60_000 }
/** Nothing sleeps longer than this, so that a step of the clock is noticed. */
const longestSleepMs = 30_000

/** `careful` sends like a person: one at a time, 1 to 3 s apart. `off` is for tests. */
export type Pacing = 'careful' | 'off'

export interface SenderParts {
  store: Store
  lines: Lines
  clock: Clock
  log: Logger
  pacing: Pacing
  /** Rung by the outbox. */
  bell: Bell
  news: Bell
  onTheWay: OnTheWay
}

/** Takes what is due out of the outbox of each account, in order per chat, and records what became of it. */
export class Sender implements Part {
  readonly name = 'sender'
  private readonly parts: SenderParts
  private readonly loops = new Map<AccountId, AccountSender>()
  /** Accounts to send for from the start on. */
  private readonly early = new Set<AccountId>()
  private signal: AbortSignal | undefined
  private stopListening: (() => void) | undefined
  private ringing: Promise<void> | undefined

  constructor(parts: SenderParts) {
    this.parts = parts
  }

  async start(signal: AbortSignal): Promise<void> {
    this.signal = signal
    for (const { id } of await listAccounts(this.parts.store.read)) this.early.add(id)
    for (const accountId of this.early) this.begin(accountId, signal)
    this.stopListening = this.parts.lines.onChange((accountId, report) => {
      this.loops.get(accountId)?.connectionChanged(report.state.kind === 'open')
    })
    this.ringing = this.passOn(signal)
  }

  /** Sends for an account that came while the daemon runs, or that no list names. */
  joined({ id }: { id: AccountId }): void {
    if (this.signal === undefined) this.early.add(id)
    else this.begin(id, this.signal)
  }

  /** Sends no more for an account; what was on its way is recorded when this resolves. */
  async left(accountId: AccountId): Promise<void> {
    const loop = this.loops.get(accountId)
    this.loops.delete(accountId)
    await loop?.stop()
  }

  private begin(accountId: AccountId, signal: AbortSignal): void {
    if (this.loops.has(accountId) || signal.aborted) return
    const loop = new AccountSender(this.parts, accountId)
    this.loops.set(accountId, loop)
    loop.start(signal)
  }

  async stop(): Promise<void> {
    this.stopListening?.()
    this.parts.bell.ring()
    await this.ringing
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()))
  }

  private async passOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.parts.bell.wait(longestSleepMs, signal)
      for (const loop of this.loops.values()) loop.wake()
    }
  }
}

class AccountSender {
  private readonly parts: SenderParts
  private readonly accountId: AccountId
  private readonly bell = new Bell()
  /** Chats with a message on its way: the next one of a chat waits for it. */
  private readonly busy = new Map<number, Promise<void>>()
  private readonly end = new AbortController()
  private running: Promise<void> | undefined
  private signal: AbortSignal | undefined
  private reconnected = false
  private nextAllowedAt = 0

  constructor(parts: SenderParts, accountId: AccountId) {
    this.parts = parts
    this.accountId = accountId
  }

  start(signal: AbortSignal): void {
    this.signal = AbortSignal.any([signal, this.end.signal])
    this.running = this.run(this.signal)
  }

  wake(): void {
    this.bell.ring()
  }

  connectionChanged(open: boolean): void {
    if (open) this.reconnected = true
    this.bell.ring()
  }

  /** Waits for the loop and for what is on its way. */
  async stop(): Promise<void> {
    this.end.abort()
    this.bell.ring()
    await this.running
    await Promise.all(this.busy.values())
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.turn()
        await this.bell.wait(await this.sleepMs(), signal)
      } catch (error) {
        this.parts.log.error({ account: this.accountId, err: error }, 'the outbox cannot be worked on')
        await this.bell.wait(5000, signal)
      }
    }
  }

  private async turn(): Promise<void> {
    await this.expire()
    const line = this.parts.lines.find(this.accountId)
    if (!line || line.report().state.kind !== 'open') return
    if (this.reconnected) {
      this.reconnected = false
      await this.parts.store.write((trx) => releaseWaiting(trx, this.accountId, this.parts.clock.now()))
    }
    const free = this.freePlaces()
    if (free <= 0) return
    const due = await dueMessages(this.parts.store.read, this.accountId, {
      now: this.parts.clock.now(),
      busyChats: new Set(this.busy.keys()),
      limit: free,
    })
    for (const message of due) this.begin(line, message)
    if (due.length > 0 && this.parts.pacing === 'careful') {
      this.nextAllowedAt = this.parts.clock.now().getTime() + 1000 + Math.random() * 2000
    }
  }

  private freePlaces(): number {
    if (this.parts.pacing === 'off') return windowSize - this.busy.size
    return this.busy.size === 0 && this.parts.clock.now().getTime() >= this.nextAllowedAt ? 1 : 0
  }

  private begin(line: Line, message: DueMessage): void {
    const { onTheWay } = this.parts
    if (!onTheWay.begin(message.messageId)) return
    const attempt = this.attempt(line, message)
      .catch((error: unknown) => {
        this.parts.log.error(
          { account: this.accountId, err: error },
          'the outcome of a send could not be stored',
        )
        // The row is still there and is tried again, but not as fast as a full disk can refuse.
        return wait(retryPolicy.firstMs, this.signal)
      })
      .finally(() => {
        onTheWay.end(message.messageId)
        this.busy.delete(message.chatId)
        this.bell.ring()
      })
    this.busy.set(message.chatId, attempt)
  }

  private async attempt(line: Line, message: DueMessage): Promise<void> {
    const { waId, jid, kind, text, details, firstContact } = message
    const outcome = await line.send({ waId, jid, kind, text, details, firstContact })
    await this.record(message, outcome)
    this.parts.news.ring()
  }

  private async record(message: DueMessage, outcome: SendOutcome): Promise<void> {
    const { store, clock, log } = this.parts
    const at = clock.now()
    if (outcome.kind === 'sent') {
      await store.write(async (trx) => {
        const chat = { accountId: this.accountId, id: message.chatId, jid: outcome.jid, at }
        if (message.firstContact) await confirm(trx, chat)
        await changeStatus(trx, this.accountId, message.waId, {
          status: 'sent',
          reason: null,
          detail: null,
          at,
        })
      })
      return
    }
    if (outcome.kind === 'refused') {
      log.warn(
        { account: this.accountId, message: message.messageId, reason: outcome.reason },
        'a message was refused',
      )
      const { reason, detail } = outcome
      await store.write((trx) =>
        changeStatus(trx, this.accountId, message.waId, { status: 'failed', reason, detail, at }),
      )
      return
    }
    await this.postpone(message, outcome.kind === 'unconfirmed' ? 'unconfirmed' : 'not_connected')
  }

  private async postpone(message: DueMessage, reason: StatusReason): Promise<void> {
    const attempts = message.attempts + 1
    const dueAt = new Date(this.parts.clock.now().getTime() + backoffMs(retryPolicy, attempts, Math.random()))
    await this.parts.store.write((trx) => postpone(trx, message.messageId, { dueAt, attempts, reason }))
  }

  private async expire(): Promise<void> {
    const { store, clock, log } = this.parts
    const expired = await expiredMessages(store.read, this.accountId, clock.now())
    if (expired.length === 0) return
    const change = { status: 'expired', reason: 'expired', detail: null, at: clock.now() } as const
    await store.write(async (trx) => {
      for (const { waId } of expired) await changeStatus(trx, this.accountId, waId, change)
    })
    this.parts.news.ring()
    log.warn({ account: this.accountId, count: expired.length }, 'messages expired before they could be sent')
  }

  private async sleepMs(): Promise<number> {
    const now = this.parts.clock.now()
    const next = await nextOutboxTime(this.parts.store.read, this.accountId, now)
    const waits = [longestSleepMs]
    if (next) waits.push(next.getTime() - now.getTime())
    if (this.nextAllowedAt > now.getTime()) waits.push(this.nextAllowedAt - now.getTime())
    return Math.max(Math.min(...waits), 0)
  }
}
