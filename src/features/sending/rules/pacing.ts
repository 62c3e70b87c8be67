import type { ChatKind } from '../../chats/chat.ts'
import { addDays, instantOf, localTime } from '../../../core/time/local-time.ts'

/**
 * Classes of messages by how well the recipient knows us: a `reply` goes to a person who wrote within a day, `known` to one who
 * ever wrote, `cold` to one who never did. They go out in this order.
 */
export const sendClasses = ['reply', 'known', 'cold'] as const
/** Names a class of messages. */
export type SendClass = (typeof sendClasses)[number]

const minuteMs = 60_000
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/**
 * Classifies a message. Everything in groups is known: groups are joined, not cold-called. So are changes (reactions,
 * edits, deletions): their message has gone out.
 */
export function classify(
  chat: { kind: ChatKind; lastIncomingAt: number | null; changes?: boolean },
  now: number,
): SendClass {
  if (chat.lastIncomingAt !== null && now - chat.lastIncomingAt < dayMs) return 'reply'
  return chat.lastIncomingAt !== null || chat.kind === 'group' || chat.changes ? 'known' : 'cold'
}

/** Minimum and maximum in milliseconds; the message before decides on the value. */
type Range = readonly [number, number]

/** Holds the pace of one class. */
export interface ClassRules {
  /** At most `count` in any period of `windowMs`. */
  limits: readonly { count: number; windowMs: number }[]
  gapMs: Range
  /** A rest after this many messages without one. */
  rest: { after: number; ms: Range } | null
  /** The hours of the local day in which they go out; null: all. */
  hours: { from: number; to: number } | null
  /** The daily limit while the account is this young. */
  young: { days: number; perDay: number } | null
}

/** Holds the pace of an account. */
export interface PacingRules {
  /** Between any two messages of an account. */
  gapMs: Range
  /** The minimum between two messages of one chat. */
  chatGapMs: number
  classes: Readonly<Record<SendClass, ClassRules>>
}

/** The pace of a careful person. */
export const carefulRules: PacingRules = {
  gapMs: [1000, 3000],
  chatGapMs: 2000,
  classes: {
    reply: {
      limits: [{ count: 20, windowMs: minuteMs }],
      gapMs: [0, 0],
      rest: null,
      hours: null,
      young: null,
    },
    known: {
      limits: [{ count: 8, windowMs: minuteMs }],
      gapMs: [0, 0],
      rest: null,
      hours: null,
      young: null,
    },
    cold: {
      limits: [{ count: 20, windowMs: dayMs }],
      gapMs: [30_000, 60_000],
      rest: { after: 20, ms: [5 * minuteMs, 10 * minuteMs] },
      hours: { from: 9, to: 20 },
      young: { days: 7, perDay: 5 },
    },
  },
}

const free: ClassRules = { limits: [], gapMs: [0, 0], rest: null, hours: null, young: null }

/** No pace of our own: only WhatsApp's restrictions apply. */
export const noRules: PacingRules = {
  gapMs: [0, 0],
  chatGapMs: 0,
  classes: { reply: free, known: free, cold: free },
}

/** Holds a custom pace, as configured; the rest is as in `careful`. */
interface PacingTable {
  gapSeconds?: [number, number] | undefined
  chatGapSeconds?: number | undefined
  repliesPerMinute?: number | undefined
  knownPerMinute?: number | undefined
  coldGapSeconds?: [number, number] | undefined
  coldPerDay?: number | undefined
  coldPerDayAtFirst?: number | undefined
  coldRestAfter?: number | undefined
  coldRestMinutes?: [number, number] | undefined
  coldHours?: [number, number] | undefined
}

/** `off` is for tests: everything goes at once. */
export type Pacing = 'careful' | 'off' | PacingTable

/** Returns the rules of a setting; null if no pace is kept. */
export function rulesOf(pacing: Pacing): PacingRules | null {
  if (pacing === 'off') return null
  if (pacing === 'careful') return carefulRules
  const { reply, known, cold } = carefulRules.classes
  const times = (range: readonly [number, number] | undefined, unitMs: number, usual: Range): Range =>
    range === undefined ? usual : [range[0] * unitMs, range[1] * unitMs]
  const [from, to] = pacing.coldHours ?? [cold.hours?.from ?? 0, cold.hours?.to ?? 24]
  return {
    gapMs: times(pacing.gapSeconds, 1000, carefulRules.gapMs),
    chatGapMs: (pacing.chatGapSeconds ?? carefulRules.chatGapMs / 1000) * 1000,
    classes: {
      reply: { ...reply, limits: [{ count: pacing.repliesPerMinute ?? 20, windowMs: minuteMs }] },
      known: { ...known, limits: [{ count: pacing.knownPerMinute ?? 8, windowMs: minuteMs }] },
      cold: {
        limits: [{ count: pacing.coldPerDay ?? 20, windowMs: dayMs }],
        gapMs: times(pacing.coldGapSeconds, 1000, cold.gapMs),
        rest: {
          after: pacing.coldRestAfter ?? 20,
          ms: times(pacing.coldRestMinutes, minuteMs, cold.rest?.ms ?? [0, 0]),
        },
        hours: { from, to },
        young: { days: 7, perDay: pacing.coldPerDayAtFirst ?? 5 },
      },
    },
  }
}

/** Returns how many of a class's newest messages the rules need. */
export function depthOf(rules: ClassRules): number {
  return Math.max(1, rules.rest?.after ?? 0, ...rules.limits.map(({ count }) => count))
}

/** Names a message handed to WhatsApp, and when. */
export interface Sent {
  id: number
  at: number
}

/** Holds the messages sent lately. */
export interface Traffic {
  /** The account's newest message of any class. */
  last: Sent | undefined
  /** The class's newest messages, newest first, {@link depthOf} of them. */
  sent: readonly Sent[]
  linkedAt: number | null
  zone: string
}

/** Says why a class has to wait now. */
export type PaceReason = 'pace' | 'rest' | 'limit' | 'new_account' | 'hours'

/** Says when the next message of a class may go; `at` may be in the past. */
export interface Slot {
  at: number
  reason: PaceReason
}

/** Picks the pause after a message from a range: always the same for one message, also after a restart. */
function pauseAfter({ id }: Sent, [from, to]: Range): number {
  // Knuth's multiplicative hash: ids are consecutive, pauses must not be.
  const share = (Math.imul(id, 2_654_435_761) >>> 0) / 2 ** 32
  return from + Math.round(share * (to - from))
}

/** Returns when a message that was tried before may be retried: it has its place in the pace already. */
export function retrySlot(rules: PacingRules, sendClass: SendClass, traffic: Traffic, now: number): number {
  const { last, zone } = traffic
  const at = last ? Math.max(now, last.at + pauseAfter(last, rules.gapMs)) : now
  return openingAfter(at, rules.classes[sendClass].hours, zone)
}

/** Returns when the next message of a class may go after the recent traffic. */
export function nextSlot(rules: PacingRules, sendClass: SendClass, traffic: Traffic, now: number): Slot {
  const of = rules.classes[sendClass]
  const { last, sent, linkedAt } = traffic
  const slots: Slot[] = [{ at: now, reason: 'pace' }]
  const [newest] = sent
  if (last) slots.push({ at: last.at + pauseAfter(last, rules.gapMs), reason: 'pace' })
  if (newest) slots.push({ at: newest.at + pauseAfter(newest, of.gapMs), reason: 'pace' })
  for (const { count, windowMs } of of.limits) {
    const nth = sent[count - 1]
    if (nth) slots.push({ at: nth.at + windowMs, reason: windowMs <= minuteMs ? 'pace' : 'limit' })
  }
  if (isYoung(of, linkedAt, now)) {
    const nth = sent[(of.young?.perDay ?? 0) - 1]
    if (nth) slots.push({ at: nth.at + dayMs, reason: 'new_account' })
  }
  if (newest && of.rest && needsRest(of.rest, sent)) {
    slots.push({ at: newest.at + pauseAfter(newest, of.rest.ms), reason: 'rest' })
  }
  const slot = slots.reduce((latest, next) => (next.at > latest.at ? next : latest))
  const opens = openingAfter(slot.at, of.hours, traffic.zone)
  return opens > slot.at ? { at: opens, reason: 'hours' } : slot
}

function isYoung({ young }: ClassRules, linkedAt: number | null, now: number): boolean {
  return young !== null && linkedAt !== null && now - linkedAt < young.days * dayMs
}

/** Tells whether the newest `after` messages had no rest between them. */
function needsRest({ after, ms }: { after: number; ms: Range }, sent: readonly Sent[]): boolean {
  if (sent.length < after) return false
  return sent.slice(0, after).every(({ at }, n) => {
    const before = sent[n + 1]
    return n + 1 >= after || before === undefined || at - before.at < ms[0]
  })
}

/** Returns the moment itself if it is within the hours, else their next beginning. */
function openingAfter(at: number, hours: ClassRules['hours'], zone: string): number {
  if (hours === null) return at
  const { date, time } = localTime(new Date(at), zone)
  const hour = Number(time.slice(0, 2))
  if (hour >= hours.from && hour < hours.to) return at
  const day = hour < hours.from ? date : addDays(date, 1)
  const opens = instantOf(day, `${String(hours.from).padStart(2, '0')}:00`, zone).getTime()
  return Math.max(opens, at)
}

/**
 * Estimates when a message with `ahead` others of its class before it goes out, if nothing intervenes. Uses average
 * pauses.
 */
export function expectedAt(
  rules: PacingRules,
  sendClass: SendClass,
  { slot, ahead, traffic, now }: { slot: { at: number }; ahead: number; traffic: Traffic; now: number },
): number {
  const of = rules.classes[sendClass]
  const middle = ([from, to]: Range) => (from + to) / 2
  const perMinute = of.limits.find(({ windowMs }) => windowMs === minuteMs)
  const rest = of.rest ? middle(of.rest.ms) / Math.max(of.rest.after, 1) : 0
  const stepMs = Math.max(
    middle(rules.gapMs),
    middle(of.gapMs) + rest,
    perMinute ? minuteMs / perMinute.count : 0,
  )
  const start = Math.max(slot.at, now)
  const openMs = of.hours ? (of.hours.to - of.hours.from) * hourMs : dayMs
  const daily = of.limits.find(({ windowMs }) => windowMs === dayMs)?.count ?? Infinity
  const young = isYoung(of, traffic.linkedAt, now) ? (of.young?.perDay ?? Infinity) : Infinity
  const perDay = Math.max(1, Math.min(daily, young, Math.floor(openMs / Math.max(stepMs, 1))))
  if (of.hours === null && daily === Infinity) return start + ahead * stepMs
  const used = traffic.sent.filter(({ at }) => at > start - dayMs).length
  const days = Math.floor((used + ahead) / perDay)
  if (days === 0 || (used >= perDay && ahead === 0)) return start + ahead * stepMs
  const within = (used + ahead) % perDay
  const { date } = localTime(new Date(start), traffic.zone)
  const opens = `${String(of.hours?.from ?? 0).padStart(2, '0')}:00`
  return instantOf(addDays(date, days), opens, traffic.zone).getTime() + within * stepMs
}
