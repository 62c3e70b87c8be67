import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { HoldReason } from '../rules/holds.ts'
import { isAction } from '../../../core/message-kind.ts'
import { classify, depthOf, expectedAt, nextSlot, noRules, retrySlot, sendClasses } from '../rules/pacing.ts'
import type { PacingRules, SendClass, Traffic } from '../rules/pacing.ts'
import { coldHold, withoutGuesses } from '../rules/restriction.ts'
import type { Restriction, RestrictionReason } from '../rules/restriction.ts'
import { findAccount } from '../../accounts/records.ts'
import { dueAgain, dueMessages, dueOfClass } from '../queries/outbox.ts'
import type { DueMessage } from '../queries/outbox.ts'
import { lastIncomingAt, lastSentInChat, recordSent, newestSent, setClass } from '../queries/pacing.ts'
import { findRestriction } from '../queries/restrictions.ts'
import type { Store } from '../../../db/store.ts'
import type { Clock } from '../../../util/clock.ts'
import { VersionedCache } from '../../../util/versioned-cache.ts'

/** Without a pace: the maximum number of an account's messages in flight, each of another chat. */
const windowSize = 20
/** Pause if WhatsApp states no end of a restriction. */
const unknownEndMs = 6 * 60 * 60_000
/** Chats whose first messages are considered before the class is left for now. */
const maxLookahead = 8
const reclassifyBatchSize = 200

/** Holds the dependencies of the pacer. */
export interface PacerParts {
  store: Store
  clock: Clock
  /** Null: no pace is kept. */
  rules: PacingRules | null
  /** The time zone of the business. */
  zone: string
}

interface ColdHold {
  reason: RestrictionReason
  /** Null if WhatsApp states no end. */
  until: Date | null
}

/** Holds the state of a class. */
interface ClassState {
  traffic: Traffic
  slot: { at: number; reason: HoldReason }
  /** The end of WhatsApp's restriction of the class; null without one. */
  held: number | null
}

/** Holds the state of every class. */
export type PaceState = Record<SendClass, ClassState>

/** Holds the messages that may go now. */
export interface Choice {
  messages: DueMessage[]
  /** Time at which more may go; undefined if only events can change that. */
  lookAt?: number
}

interface ChoiceOptions {
  rules: PacingRules
  now: Date
  /** Collects the times at which held messages may go. */
  later: number[]
}

/**
 * Decides which message of an account goes next, and when. Depends only on stored data: the pace is computed from
 * past messages, so a restart forgets nothing.
 */
export class Pacer {
  private readonly parts: PacerParts
  /** Read with every choice and status, and hardly ever changed. */
  private readonly standings: VersionedCache<Restriction>

  constructor(parts: PacerParts) {
    this.parts = parts
    this.standings = new VersionedCache(parts.store.version, { maxSize: 1_000_000, sizeOf: () => 200 })
  }

  get paced(): boolean {
    return this.parts.rules !== null
  }

  /** Chooses the messages that may go now, apart from chats with messages in flight. */
  async choose(accountId: AccountId, busyChats: ReadonlySet<number>): Promise<Choice> {
    const { clock, rules } = this.parts
    const now = clock.now()
    if (rules === null) return this.unpaced(accountId, busyChats, now)
    // One at a time: its end wakes the sender.
    return busyChats.size > 0 ? { messages: [] } : this.next(accountId, rules, now)
  }

  /** Records that a message goes now; on disk when it resolves, if a pace is kept. */
  async leaving(message: DueMessage): Promise<void> {
    const { store, clock } = this.parts
    if (!this.paced) return
    await store.write((trx) => recordSent(trx, message, clock.now()))
  }

  /** Returns when the next message of each class may go, and the traffic before it. */
  async paceState(accountId: AccountId): Promise<PaceState> {
    const { rules, clock } = this.parts
    return this.paceStateOf(accountId, rules ?? noRules, clock.now())
  }

  /** Returns WhatsApp's restrictions of the account, and whether strangers have to wait for them. */
  async restriction(accountId: AccountId): Promise<{ standing: Restriction; hold: ColdHold | null }> {
    const { store, clock } = this.parts
    const standing = await this.standings.get(String(accountId), () => findRestriction(store.read, accountId))
    return { standing, hold: coldHold(this.paced ? standing : withoutGuesses(standing), clock.now()) }
  }

  /** Estimates when a message goes out that has `ahead` messages of its class before it. */
  expect(sendClass: SendClass, paceState: PaceState, ahead: number): Date {
    const { rules, clock } = this.parts
    const now = clock.now().getTime()
    const { slot, traffic } = paceState[sendClass]
    return new Date(expectedAt(rules ?? noRules, sendClass, { slot, traffic, ahead, now }))
  }

  /** Chooses everything, except for strangers while WhatsApp restricts new chats. */
  private async unpaced(accountId: AccountId, busyChats: ReadonlySet<number>, now: Date): Promise<Choice> {
    const { store } = this.parts
    const limit = windowSize - busyChats.size
    if (limit <= 0) return { messages: [] }
    const { hold } = await this.restriction(accountId)
    if (hold === null)
      return { messages: await dueMessages(store.read, accountId, { now, busyChats, limit }) }
    const classes = ['reply', 'known'] as const
    const messages = await dueMessages(store.read, accountId, { now, busyChats, limit, classes })
    return { messages, lookAt: endOf(hold, now) }
  }

  private async next(accountId: AccountId, rules: PacingRules, now: Date): Promise<Choice> {
    const paceState = await this.paceStateOf(accountId, rules, now)
    const later: number[] = []
    const again = await this.again(accountId, paceState, { rules, now, later })
    if (again) return { messages: [again] }
    for (const sendClass of sendClasses) {
      const { slot } = paceState[sendClass]
      if (slot.at > now.getTime()) {
        later.push(slot.at)
        continue
      }
      const found = await this.firstOf(accountId, sendClass, { rules, now, later })
      // Moved messages have their place in another class now, which may come before this one.
      if (found === 'reclassified') return { messages: [], lookAt: now.getTime() }
      if (found) return { messages: [found] }
    }
    return later.length === 0 ? { messages: [] } : { messages: [], lookAt: Math.min(...later) }
  }

  /** Chooses among messages that were tried before, which go first. */
  private async again(
    accountId: AccountId,
    paceState: PaceState,
    { rules, now, later }: ChoiceOptions,
  ): Promise<DueMessage | undefined> {
    const { store } = this.parts
    for (const message of await dueAgain(store.read, accountId, { now, limit: maxLookahead })) {
      const { sendClass, chatId } = message
      const before = await lastSentInChat(store.read, chatId, now)
      const { traffic, held } = paceState[sendClass]
      const slot = retrySlot(rules, sendClass, traffic, now.getTime())
      const at = Math.max(held ?? 0, slot, (before ?? -Infinity) + rules.chatGapMs)
      if (at <= now.getTime()) return message
      later.push(at)
    }
    return undefined
  }

  private async firstOf(
    accountId: AccountId,
    sendClass: SendClass,
    { rules, now, later }: ChoiceOptions,
  ): Promise<DueMessage | 'reclassified' | undefined> {
    const { store } = this.parts
    const options = { sendClass, now, busyChats: new Set<number>(), limit: maxLookahead }
    for (const message of await dueOfClass(store.read, accountId, options)) {
      if ((await this.classOf(message, now)) !== sendClass) {
        await this.reclassify(accountId, sendClass, now)
        return 'reclassified'
      }
      const before = await lastSentInChat(store.read, message.chatId, now)
      if (before === null || before + rules.chatGapMs <= now.getTime()) return message
      later.push(before + rules.chatGapMs)
    }
    return undefined
  }

  /**
   * Moves messages to their current class: if one is wrong there are many, as after a day without a connection; some
   * at a time, in one write.
   */
  private async reclassify(accountId: AccountId, sendClass: SendClass, now: Date): Promise<void> {
    const { store } = this.parts
    const options = { sendClass, now, busyChats: new Set<number>(), limit: reclassifyBatchSize }
    const wrong: { chatId: ChatId; real: SendClass }[] = []
    for (const message of await dueOfClass(store.read, accountId, options)) {
      const real = await this.classOf(message, now)
      if (real !== sendClass) wrong.push({ chatId: message.chatId, real })
    }
    await store.write(async (trx) => {
      for (const { chatId, real } of wrong) await setClass(trx, chatId, real)
    })
  }

  private async classOf({ chatId, chatKind, kind }: DueMessage, now: Date): Promise<SendClass> {
    const at = await lastIncomingAt(this.parts.store.read, chatId)
    return classify({ kind: chatKind, lastIncomingAt: at, changes: isAction(kind) }, now.getTime())
  }

  private async paceStateOf(accountId: AccountId, rules: PacingRules, now: Date): Promise<PaceState> {
    const { store, zone } = this.parts
    const linkedAt = (await findAccount(store.read, accountId))?.linkedAt?.getTime() ?? null
    const sentOf = (sendClass: SendClass) =>
      newestSent(store.read, accountId, { sendClass, now, limit: depthOf(rules.classes[sendClass]) })
    const sent = { reply: await sentOf('reply'), known: await sentOf('known'), cold: await sentOf('cold') }
    const newest = [sent.reply[0], sent.known[0], sent.cold[0]].filter((each) => each !== undefined)
    const last = newest.toSorted((a, b) => b.at - a.at)[0]
    const of = (sendClass: SendClass) => {
      const traffic: Traffic = { last, sent: sent[sendClass], linkedAt, zone }
      return { traffic, slot: nextSlot(rules, sendClass, traffic, now.getTime()), held: null }
    }
    const { hold } = await this.restriction(accountId)
    return {
      reply: of('reply'),
      known: of('known'),
      cold: hold ? heldBack(of('cold'), hold, now) : of('cold'),
    }
  }
}

/** Returns the hold by WhatsApp, which overrides every pace. */
function heldBack({ traffic, slot }: ClassState, { reason, until }: ColdHold, now: Date): ClassState {
  const held = endOf({ until }, now)
  return { traffic, held, slot: { at: Math.max(held, slot.at), reason } }
}

function endOf({ until }: { until: Date | null }, now: Date): number {
  return until?.getTime() ?? now.getTime() + unknownEndMs
}
