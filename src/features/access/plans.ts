/** How much a key may do: requests a minute, and requests a UTC day; null is without limit. */
export interface KeyLimits {
  plan: Plan
  perMinute: number | null
  perDay: number | null
}

/** Names that only fill in the two numbers. Free and Pro mean one thing in each of the two documents that name them. */
const presets = {
  free: { perMinute: 60, perDay: null },
  starter: { perMinute: null, perDay: 1000 },
  growth: { perMinute: null, perDay: 5000 },
  pro: { perMinute: 300, perDay: 10_000 },
  business: { perMinute: null, perDay: 50_000 },
  enterprise: { perMinute: 300, perDay: null },
} as const satisfies Record<string, Omit<KeyLimits, 'plan'>>

export type Plan = keyof typeof presets
export const plans = Object.keys(presets) as [Plan, ...Plan[]]

/** What stands for "no limit" of the key with which the owner begins: the headers have a number to show. */
export const bootstrapLimits: KeyLimits = { plan: 'enterprise', perMinute: 1_000_000, perDay: null }

/** Limits as somebody asks for them: what is left out is the plan's, null is none. */
export interface AskedLimits {
  plan?: Plan | undefined
  perMinute?: number | null | undefined
  perDay?: number | null | undefined
}

/** A key's limits after a change: another plan brings its own numbers, and without one those stay that are left out. */
export function changedLimits(limits: KeyLimits, asked: AskedLimits): KeyLimits {
  const { plan, perMinute = limits.perMinute, perDay = limits.perDay } = asked
  return limitsOf(plan === undefined ? { plan: limits.plan, perMinute, perDay } : asked)
}

/** A plan's numbers, and over them whatever was asked for. A key without any limit gets the minute of `enterprise`. */
export function limitsOf(asked: AskedLimits): KeyLimits {
  const plan = asked.plan ?? 'enterprise'
  const preset = presets[plan]
  const perMinute = asked.perMinute === undefined ? preset.perMinute : asked.perMinute
  const perDay = asked.perDay === undefined ? preset.perDay : asked.perDay
  if (perMinute === null && perDay === null) return { plan, perMinute: presets.enterprise.perMinute, perDay }
  return { plan, perMinute, perDay }
}

export type WindowName = 'minute' | 'day'

/** What is left of one window. */
export interface LimitWindow {
  name: WindowName
  limit: number
  remaining: number
  resetAt: Date
}

/** The state of a key's limits after a request was counted or refused; `tightest` has the least left. */
export interface Quota {
  allowed: boolean
  windows: LimitWindow[]
  tightest: LimitWindow
}
