import type { AccountId, MessageId } from '../../../core/ids.ts'
import type { Hold, QueuePosition } from '../rules/holds.ts'
import type { StatusReason } from '../../../core/messages/status.ts'
import { sendClasses } from '../rules/pacing.ts'
import type { SendClass } from '../rules/pacing.ts'
import type { Restriction } from '../rules/restriction.ts'
import type { Lines } from '../../../core/ports.ts'
import { aheadOf, countWaiting, findWaiting, listWaiting } from '../queries/outbox-list.ts'
import type { OutboxCursor, WaitingMessage } from '../queries/outbox-list.ts'
import type { Store } from '../../../db/store.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Pacer, PaceState } from './pacer.ts'

/** A shorter hold is not reported: the message is simply in line. */
const noticeableMs = 5000

/** Says which part of the outbox to report. */
export interface OutboxPage {
  sendClass?: SendClass | undefined
  reason?: StatusReason | undefined
  after?: OutboxCursor | undefined
  limit: number
}

/** Lists the waiting messages, with the reasons. */
export interface OutboxReport {
  waiting: number
  classes: { sendClass: SendClass; waiting: number; held: Hold | null }[]
  reasons: { reason: StatusReason; waiting: number }[]
  messages: (WaitingMessage & { position: QueuePosition | null })[]
  next: OutboxCursor | null
}

/** Says why each message waits, and until when. */
export class QueueReport {
  private readonly parts: { store: Store; clock: Clock; lines: Lines; pacer: Pacer }

  constructor(parts: QueueReport['parts']) {
    this.parts = parts
  }

  /** Returns a message's position; null if it does not wait. */
  async position(accountId: AccountId, messageId: MessageId): Promise<QueuePosition | null> {
    const { store, pacer } = this.parts
    const message = await findWaiting(store.read, accountId, messageId)
    if (!message) return null
    const ahead = await aheadOf(store.read, accountId, message)
    return this.placeOf(accountId, message, { ahead, paceState: await pacer.paceState(accountId) })
  }

  /** Lists waiting messages in sending order, with the reasons. */
  async list(accountId: AccountId, page: OutboxPage): Promise<OutboxReport> {
    const { store, pacer } = this.parts
    const rows = await listWaiting(store.read, accountId, { ...page, limit: page.limit + 1 })
    const shown = rows.slice(0, page.limit)
    const paceState = await pacer.paceState(accountId)
    const ahead = new Map<SendClass, number>()
    const messages: OutboxReport['messages'] = []
    for (const message of shown) {
      // A filtered list has gaps: the messages before each are not counted.
      const before = page.reason === undefined ? await this.next(accountId, message, ahead) : undefined
      const position =
        before === undefined ? null : this.placeOf(accountId, message, { ahead: before, paceState })
      messages.push({ ...message, position })
    }
    const last = shown.at(-1)
    const next = rows.length > shown.length && last ? { sendClass: last.sendClass, id: last.id } : null
    return { ...(await this.summary(accountId, paceState)), messages, next }
  }

  /** Returns whether WhatsApp lets the account write to strangers. */
  async restriction(accountId: AccountId): Promise<{ standing: Restriction; held: Hold | null }> {
    const { standing, hold } = await this.parts.pacer.restriction(accountId)
    return { standing, held: hold }
  }

  private async next(
    accountId: AccountId,
    message: WaitingMessage,
    ahead: Map<SendClass, number>,
  ): Promise<number> {
    const known = ahead.get(message.sendClass)
    const before = known ?? (await aheadOf(this.parts.store.read, accountId, message))
    ahead.set(message.sendClass, before + 1)
    return before
  }

  private async summary(
    accountId: AccountId,
    paceState: PaceState,
  ): Promise<Pick<OutboxReport, 'waiting' | 'classes' | 'reasons'>> {
    const counts = await countWaiting(this.parts.store.read, accountId)
    const sum = (of: typeof counts) => of.reduce((total, { count }) => total + count, 0)
    const reasons = [...new Set(counts.map(({ reason }) => reason))].filter((reason) => reason !== null)
    return {
      waiting: sum(counts),
      classes: sendClasses.map((sendClass) => ({
        sendClass,
        waiting: sum(counts.filter((each) => each.sendClass === sendClass)),
        held: this.holdOfClass(accountId, sendClass, paceState),
      })),
      reasons: reasons.map((reason) => ({
        reason,
        waiting: sum(counts.filter((each) => each.reason === reason)),
      })),
    }
  }

  private placeOf(
    accountId: AccountId,
    message: WaitingMessage,
    { ahead, paceState }: { ahead: number; paceState: PaceState },
  ): QueuePosition {
    const { pacer, clock } = this.parts
    const { sendClass, reason, dueAt } = message
    const ofClass = this.holdOfClass(accountId, sendClass, paceState)
    const own = reason !== null && dueAt > clock.now() ? { reason, until: dueAt } : null
    const works = this.isOpen(accountId)
    const expected = pacer.expect(sendClass, paceState, ahead)
    return {
      sendClass,
      place: ahead + 1,
      expectedAt: works ? new Date(Math.max(expected.getTime(), dueAt.getTime())) : null,
      held: works ? (own ?? ofClass) : ofClass,
    }
  }

  private holdOfClass(accountId: AccountId, sendClass: SendClass, paceState: PaceState): Hold | null {
    if (!this.isOpen(accountId)) return { reason: 'not_connected', until: null }
    const slot = paceState[sendClass].slot
    const now = this.parts.clock.now().getTime()
    if (slot.at < now + noticeableMs || slot.reason === 'pace') return null
    return { reason: slot.reason, until: new Date(slot.at) }
  }

  private isOpen(accountId: AccountId): boolean {
    return this.parts.lines.find(accountId)?.report().state.kind === 'open'
  }
}
