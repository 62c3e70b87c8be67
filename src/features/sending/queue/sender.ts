import type { AccountId } from '../../../core/ids.ts'
import type { StatusReason } from '../../../core/messages/status.ts'
import type { SendOutcome } from '../../../core/messages/outgoing.ts'
import type { Line, Lines } from '../../../core/ports.ts'
import { listAccounts } from '../../accounts/records.ts'
import {
  expiredMessages,
  nextOutboxTime,
  postpone,
  putOff,
  releaseWaiting,
  untry,
} from '../queries/outbox.ts'
import type { DueMessage } from '../queries/outbox.ts'
import { survivorOf } from '../../contacts/records.ts'
import { findSentThumbnail } from '../../messages/records.ts'
import { renewWaiting } from '../queries/pacing.ts'
import type { RenewCursor } from '../queries/pacing.ts'
import type { Store } from '../../../db/store.ts'
import { backoffMs } from '../../../util/backoff.ts'
import type { Notifier } from '../../../util/notifier.ts'
import { wait } from '../../../util/clock.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Part } from '../../../util/lifecycle.ts'
import type { Logger } from '../../../util/logger.ts'
import { WorkLoop } from '../../../util/work-loop.ts'
import type { InFlightSends } from './in-flight-sends.ts'
import { confirm } from '../../contacts/identity.ts'
import type { PersonRows } from '../../contacts/person-rows.ts'
import type { NumberChecks } from '../number-lookup.ts'
import type { Pacer } from './pacer.ts'
import { canSendMarketing } from '../consent.ts'
import type { ConsentRules } from '../consent.ts'
import { recordRefusal } from '../restrictions.ts'
import { changeStatus } from '../../messages/statuses.ts'

const retryPolicy = { firstMs: 2000, maxMs: 5 * 60_000 }
/** The maximum sleep, so that a step of the clock is noticed. */
const maxSleepMs = 30_000
/** The maximum wait for its turn, whatever the pace. */
const maxWaitMs = 30 * 86_400_000
const renewEveryMs = 10 * 60_000

/** What the sender needs. */
export interface SenderParts {
  store: Store
  lines: Lines
  clock: Clock
  log: Logger
  pacer: Pacer
  timeToLiveMs: number
  consent: ConsentRules
  numbers: Pick<NumberChecks, 'ask'>
  /** Notified by the outbox. */
  outboxChanged: Notifier
  inFlightSends: InFlightSends
  personRows: PersonRows
}

/** Sends what is due in each account's outbox, in order per chat, and records the outcomes. */
export class Sender implements Part {
  readonly name = 'sender'
  private readonly parts: SenderParts
  private readonly loops = new Map<AccountId, AccountSender>()
  /** Accounts to send for from the start on. */
  private readonly early = new Set<AccountId>()
  private signal: AbortSignal | undefined
  private stopListening: (() => void) | undefined

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
  }

  /** Starts sending for an account that was added while the daemon runs, or that is in no list. */
  joined({ id }: { id: AccountId }): void {
    if (this.signal === undefined) this.early.add(id)
    else this.begin(id, this.signal)
  }

  /** Stops sending for an account; in-flight messages are recorded when this resolves. */
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
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()))
  }
}

class AccountSender {
  private readonly parts: SenderParts
  private readonly accountId: AccountId
  private readonly loop: WorkLoop
  /** Chats with a message in flight: the next one waits for it. */
  private readonly busy = new Map<number, Promise<void>>()
  private readonly end = new AbortController()
  private signal: AbortSignal | undefined
  private reconnected = false
  /** When the pace allows something again. */
  private lookAt: number | undefined
  private renewedAt = 0

  constructor(parts: SenderParts, accountId: AccountId) {
    this.parts = parts
    this.accountId = accountId
    this.loop = new WorkLoop({
      name: 'outbox',
      turn: () => this.turn(),
      sleepMs: () => this.sleepMs(),
      wokenBy: [parts.outboxChanged],
      failed: (error) =>
        parts.log.error({ account: accountId, err: error }, 'the outbox cannot be worked on'),
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
    const attempt = this.attempt(line, message)
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

  private async attempt(line: Line, message: DueMessage): Promise<void> {
    const { waId, kind, text, details, firstContact } = message
    if (message.marketing && !(await this.wanted(message))) return
    const jid = await this.addressOf(line, message)
    if (jid === null) return
    if (message.marketing && message.firstContact && !(await this.wantedBy(jid, message))) return
    const thumbnail =
      kind === 'image' ? await findSentThumbnail(this.parts.store.read, message.messageId) : undefined
    await this.parts.pacer.leaving(message)
    const content = { kind, text, details, ...(thumbnail ? { thumbnail } : {}) }
    const outcome = await line.send({ waId, jid, firstContact, ...content })
    await this.record(message, outcome)
  }

  /**
   * Returns the address to send to: at first contact, the number in WhatsApp's spelling. Null if it cannot go now.
   */
  private async addressOf(line: Line, message: DueMessage): Promise<string | null> {
    if (!message.firstContact) return message.jid
    const found = await this.parts.numbers.ask(this.accountId, message.jid, line).catch((error: unknown) => {
      this.parts.log.warn({ account: this.accountId, err: error }, 'a number could not be looked up')
      return undefined
    })
    if (found?.kind === 'known') return found.jid
    if (found === undefined) await this.postpone(message, 'not_connected')
    else if (found.kind === 'later') await this.putOff(message, found.until, 'number_check')
    else {
      const at = this.parts.clock.now()
      await this.refuse(message, { kind: 'refused', reason: 'not_on_whatsapp', detail: null }, at)
    }
    return null
  }

  private async putOff(
    { messageId, chatId, expiresAt }: DueMessage,
    until: Date,
    reason: 'quiet_hours' | 'number_check',
  ): Promise<void> {
    const { store, timeToLiveMs } = this.parts
    const expires = new Date(Math.max(expiresAt.getTime(), until.getTime() + timeToLiveMs))
    await store.write((trx) => putOff(trx, { messageId, chatId }, { until, reason, expiresAt: expires }))
  }

  /** Checks consent again before advertising goes: the recipient may have changed their mind, or sleeps. */
  private async wanted(message: DueMessage): Promise<boolean> {
    const { store, clock, consent } = this.parts
    const at = clock.now()
    const verdict = await canSendMarketing(store.read, message.chatId, consent, at)
    if (verdict.kind === 'yes') return true
    if (verdict.kind === 'later') await this.putOff(message, verdict.until, 'quiet_hours')
    else {
      const change = { status: 'cancelled', reason: 'opted_out', detail: null, at } as const
      await store.write((trx) => changeStatus(trx, this.accountId, message.waId, change))
    }
    return false
  }

  /** Checks consent of the number's actual owner, who may be known under another address. */
  private async wantedBy(jid: string, message: DueMessage): Promise<boolean> {
    const { store, clock, personRows } = this.parts
    const chat = { accountId: this.accountId, id: message.chatId, jid, at: clock.now() }
    const chatId = await store.write(async (trx) => {
      await confirm(trx, personRows, chat)
      return (await survivorOf(trx, 'chat', message.chatId)) ?? message.chatId
    })
    return this.wanted({ ...message, chatId })
  }

  private async record(message: DueMessage, outcome: SendOutcome): Promise<void> {
    const { store, clock, personRows } = this.parts
    const at = clock.now()
    if (outcome.kind === 'sent') {
      await store.write(async (trx) => {
        const chat = { accountId: this.accountId, id: message.chatId, jid: outcome.jid, at }
        if (message.firstContact) await confirm(trx, personRows, chat)
        await changeStatus(trx, this.accountId, message.waId, {
          status: 'sent',
          reason: null,
          detail: null,
          at,
        })
      })
      return
    }
    if (outcome.kind === 'refused') return this.refuse(message, outcome, at)
    await this.postpone(message, outcome.kind === 'unconfirmed' ? 'unconfirmed' : 'not_connected')
  }

  private async refuse(
    message: DueMessage,
    { reason, detail }: Extract<SendOutcome, { kind: 'refused' }>,
    at: Date,
  ): Promise<void> {
    const { store, log } = this.parts
    log.warn({ account: this.accountId, message: message.messageId, reason }, 'a message was refused')
    await store.write(async (trx) => {
      if (reason === 'reachout_locked' || reason === 'new_chat_cap') {
        await recordRefusal(trx, this.accountId, reason, at)
      }
      // It was not sent, and may go when the account may start chats again. 463 is never retried: each try makes it
      // worse (observed).
      if (reason === 'new_chat_cap') await untry(trx, message.messageId, reason)
      else await changeStatus(trx, this.accountId, message.waId, { status: 'failed', reason, detail, at })
    })
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
