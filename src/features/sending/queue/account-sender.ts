import type { AccountId } from '../../../core/ids.ts'
import type { Line, Lines } from '../../../core/ports.ts'
import { wait } from '../../../util/clock.ts'
import type { Notifier } from '../../../util/notifier.ts'
import { WorkLoop } from '../../../util/work-loop.ts'
import { changeStatus } from '../../messages/statuses.ts'
import type { InFlightSends } from './in-flight-sends.ts'
import type { Pacer } from './pacer.ts'
import { expiredMessages, nextOutboxTime, releaseWaiting } from '../queries/outbox.ts'
import type { DueMessage } from '../queries/outbox.ts'
import { renewWaiting } from '../queries/pacing.ts'
import type { RenewCursor } from '../queries/pacing.ts'
import { SendAttempts, retryPolicy } from './send-attempt.ts'
import type { AttemptParts } from './send-attempt.ts'

/** The maximum sleep, so that a step of the clock is noticed. */
const maxSleepMs = 30_000
/** Maximum wait of a message for its turn, at any pace. */
const maxWaitMs = 30 * 86_400_000
const renewEveryMs = 10 * 60_000

/** Holds the dependencies of the sender. */
export interface SenderParts extends AttemptParts {
  lines: Lines
  pacer: Pacer
  /** Notified by the outbox. */
  outboxChanged: Notifier
  inFlightSends: InFlightSends
}

/** Sends the due messages of one account's outbox, in order per chat. */
export class AccountSender {
  private readonly parts: SenderParts
  private readonly accountId: AccountId
  private readonly attempts: SendAttempts
  private readonly loop: WorkLoop
  /** Chats with a message in flight: the next one waits for it. */
  private readonly busy = new Map<number, Promise<void>>()
  private readonly end = new AbortController()
  private signal: AbortSignal | undefined
  private reconnected = false
  /** Time at which the pace allows the next message. */
  private lookAt: number | undefined
  private renewedAt = 0

  constructor(parts: SenderParts, accountId: AccountId) {
    this.parts = parts
    this.accountId = accountId
    this.attempts = new SendAttempts(parts, accountId)
    this.loop = new WorkLoop({
      name: 'outbox',
      turn: () => this.turn(),
      sleepMs: () => this.sleepMs(),
      wokenBy: [parts.outboxChanged],
      failed: (error) =>
        parts.log.error(
          { account: accountId, err: error },
          'sending from the outbox failed; it is tried again',
        ),
    })
  }

  start(signal: AbortSignal): void {
    this.signal = AbortSignal.any([signal, this.end.signal])
    this.loop.start(this.signal)
  }

  connectionChanged(open: boolean): void {
    if (open) this.reconnected = true
    this.loop.wake()
  }

  /** Waits for the loop and for messages in flight. */
  async stop(): Promise<void> {
    this.end.abort()
    await this.loop.ended()
    await Promise.all(this.busy.values())
  }

  private async turn(): Promise<boolean> {
    await this.expire()
    const line = this.parts.lines.find(this.accountId)
    if (!line || line.report().state.kind !== 'open') return false
    if (this.reconnected) {
      this.reconnected = false
      await this.parts.store.write((trx) => releaseWaiting(trx, this.accountId, this.parts.clock.now()))
    }
    await this.renew()
    const { messages, lookAt } = await this.parts.pacer.choose(this.accountId, new Set(this.busy.keys()))
    this.lookAt = lookAt
    for (const message of messages) this.begin(line, message)
    return false
  }

  /** Renews messages that wait only for the pace, while the account works. */
  private async renew(): Promise<void> {
    const { pacer, clock, store, timeToLiveMs } = this.parts
    const now = clock.now()
    if (!pacer.paced || now.getTime() - this.renewedAt < renewEveryMs) return
    this.renewedAt = now.getTime()
    const times = { now, liveMs: timeToLiveMs, maxMs: maxWaitMs }
    let after: RenewCursor | undefined
    do after = await store.write((trx) => renewWaiting(trx, this.accountId, times, after))
    while (after)
  }

  private begin(line: Line, message: DueMessage): void {
    const { inFlightSends } = this.parts
    if (!inFlightSends.begin(message.messageId)) return
    const attempt = this.attempts
      .attempt(line, message)
      .catch((error: unknown) => {
        this.parts.log.error(
          { account: this.accountId, err: error },
          'the outcome of a send could not be stored',
        )
        // The row is still there and is retried, but not as fast as a full disk can refuse.
        return wait(retryPolicy.firstMs, this.signal)
      })
      .finally(() => {
        inFlightSends.end(message.messageId)
        this.busy.delete(message.chatId)
        this.loop.wake()
      })
    this.busy.set(message.chatId, attempt)
  }

  private async expire(): Promise<void> {
    const { store, clock, log } = this.parts
    const expired = await expiredMessages(store.read, this.accountId, clock.now())
    if (expired.length === 0) return
    const change = { status: 'expired', reason: 'expired', detail: null, at: clock.now() } as const
    await store.write(async (trx) => {
      for (const { waId } of expired) await changeStatus(trx, this.accountId, waId, change)
    })
    log.warn({ account: this.accountId, count: expired.length }, 'messages expired before they could be sent')
  }

  private async sleepMs(): Promise<number> {
    const now = this.parts.clock.now()
    const next = await nextOutboxTime(this.parts.store.read, this.accountId, now)
    const waits = [maxSleepMs]
    if (next) waits.push(next.getTime() - now.getTime())
    if (this.lookAt !== undefined) waits.push(this.lookAt - now.getTime())
    return Math.max(Math.min(...waits), 0)
  }
}
