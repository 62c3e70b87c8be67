import type { ChatKind } from '../../chats/chat.ts'
import { addDays, instantOf, localTime } from '../../../core/time/local-time.ts'

/**
 * What a message is to whoever gets it: a `reply` to somebody who wrote within a day, one to somebody `known` who wrote at
 * some time, or a `cold` one to somebody who never did. In this order they go out.
 */
export const sendClasses = ['reply', 'known', 'cold'] as const
export type SendClass = (typeof sendClasses)[number]

const minuteMs = 60_000
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/**
 * Everything to somebody in a group counts as known: groups are joined, not written to out of the blue. So do changes (reactions,
 * edits, deletions): their message has gone out.
 */
export function classify(
  chat: { kind: ChatKind; lastIncomingAt: number | null; changes?: boolean },
  now: number,
): SendClass {
  if (chat.lastIncomingAt !== null && now - chat.lastIncomingAt < dayMs) return 'reply'
  return chat.lastIncomingAt !== null || chat.kind === 'group' || chat.changes ? 'known' : 'cold'
}

/** From the shorter to the longer time, in milliseconds; which one it is comes from the message before. */
type Range = readonly [number, number]

export interface ClassRules {
  /** No more than `count` in any stretch of `windowMs`. */
  limits: readonly { count: number; windowMs: number }[]
  gapMs: Range
  /** After so many without a rest, a rest. */
  rest: { after: number; ms: Range } | null
  /** The hours of the local day in which they go out; null: all. */
  hours: { from: number; to: number } | null
  /** What one day takes while the account is that young. */
  young: { days: number; perDay: number } | null
}

export interface PacingRules {
  /** Between any two messages of an account. */
  gapMs: Range
  /** Between two messages of one chat, at least. */
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

/** No pace of our own: what WhatsApp itself wants is all there is. */
export const noRules: PacingRules = {
  gapMs: [0, 0],
  chatGapMs: 0,
  classes: { reply: free, known: free, cold: free },
}

/** A pace of one's own, as the configuration writes it; what is left out is as `careful` has it. */
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

/** The rules behind a setting; null where there is no pace to keep. */
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

/** How many of the newest messages of a class the rules have to know. */
export function depthOf(rules: ClassRules): number {
  return Math.max(1, rules.rest?.after ?? 0, ...rules.limits.map(({ count }) => count))
}

/** A message that was handed to WhatsApp, and when. */
export interface Sent {
  id: number
  at: number
}

export interface Traffic {
  /** The newest message of the account, whatever its class. */
  last: Sent | undefined
  /** The newest of the class, newest first, {@link depthOf} of them. */
  sent: readonly Sent[]
  linkedAt: number | null
  zone: string
}

/** Why a class has to wait at this moment. */
export type PaceReason = 'pace' | 'rest' | 'limit' | 'new_account' | 'hours'

/** When the next message of a class may go; `at` may lie in the past. */
export interface Slot {
  at: number
  reason: PaceReason
}

/**
 * A number from the range that belongs to this message: the pause after it is the same however often it is asked for, also
 * after a restart.
 */
function pauseAfter({ id }: Sent, [from, to]: Range): number {
  // The multiplicative hash of Knuth; ids follow one another, pauses must not.
  const share = (Math.imul(id, 2_654_435_761) >>> 0) / 2 ** 32
  return from + Math.round(share * (to - from))
}

/** When a message that was tried before may be tried again: it has its place among the others already. */
export function retrySlot(rules: PacingRules, sendClass: SendClass, traffic: Traffic, now: number): number {
  const { last, zone } = traffic
  const at = last ? Math.max(now, last.at + pauseAfter(last, rules.gapMs)) : now
  return openingAfter(at, rules.classes[sendClass].hours, zone)
}

/** When the next message of a class may go, by what went before. */
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
  if (newest && of.rest && isTired(of.rest, sent)) {
    slots.push({ at: newest.at + pauseAfter(newest, of.rest.ms), reason: 'rest' })
  }
  const slot = slots.reduce((latest, next) => (next.at > latest.at ? next : latest))
  const opens = openingAfter(slot.at, of.hours, traffic.zone)
  return opens > slot.at ? { at: opens, reason: 'hours' } : slot
}

function isYoung({ young }: ClassRules, linkedAt: number | null, now: number): boolean {
  return young !== null && linkedAt !== null && now - linkedAt < young.days * dayMs
}

/** Whether the newest `after` messages came one after another without a rest between them. */
function isTired({ after, ms }: { after: number; ms: Range }, sent: readonly Sent[]): boolean {
  if (sent.length < after) return false
  return sent.slice(0, after).every(({ at }, n) => {
    const before = sent[n + 1]
    return n + 1 >= after || before === undefined || at - before.at < ms[0]
  })
}

/** The moment itself where it lies within the hours, else their next beginning. */
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
 * When a message goes out that has `ahead` others of its class before it, at this pace and if nothing comes between. An
 * estimate: pauses are taken at their middle.
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
