/** A key's limits: requests per minute and per UTC day; null is unlimited. */
export interface KeyLimits {
  plan: Plan
  perMinute: number | null
  perDay: number | null
}

/**
 * Plans only preset the two numbers. Free and Pro each have one meaning in each of the two documents that name them.
 */
const presets = {
  free: { perMinute: 60, perDay: null },
  starter: { perMinute: null, perDay: 1000 },
  growth: { perMinute: null, perDay: 5000 },
  pro: { perMinute: 300, perDay: 10_000 },
  business: { perMinute: null, perDay: 50_000 },
  enterprise: { perMinute: 300, perDay: null },
} as const satisfies Record<string, Omit<KeyLimits, 'plan'>>

/** Names a plan. */
export type Plan = keyof typeof presets
export const plans = Object.keys(presets) as [Plan, ...Plan[]]

/** Stands for "no limit" of the owner's first key: the headers need a number to show. */
export const bootstrapLimits: KeyLimits = { plan: 'enterprise', perMinute: 1_000_000, perDay: null }

/** Requested limits: undefined means the plan's, null none. */
export interface RequestedLimits {
  plan?: Plan | undefined
  perMinute?: number | null | undefined
  perDay?: number | null | undefined
}

/** Returns a key's limits after a change: a new plan brings its numbers; otherwise undefined ones stay. */
export function changedLimits(limits: KeyLimits, asked: RequestedLimits): KeyLimits {
  const { plan, perMinute = limits.perMinute, perDay = limits.perDay } = asked
  return limitsOf(plan === undefined ? { plan: limits.plan, perMinute, perDay } : asked)
}

/**
 * Returns a plan's numbers, overridden by the requested ones. A key without any limit gets `enterprise`'s limit per
 * minute.
 */
export function limitsOf(asked: RequestedLimits): KeyLimits {
  const plan = asked.plan ?? 'enterprise'
  const preset = presets[plan]
  const perMinute = asked.perMinute === undefined ? preset.perMinute : asked.perMinute
  const perDay = asked.perDay === undefined ? preset.perDay : asked.perDay
  if (perMinute === null && perDay === null) return { plan, perMinute: presets.enterprise.perMinute, perDay }
  return { plan, perMinute, perDay }
}

/** Names a window. */
export type WindowName = 'minute' | 'day'

/** Holds the rest of one window. */
export interface LimitWindow {
  name: WindowName
  limit: number
  remaining: number
  resetAt: Date
}

/** Holds a key's limits after a request was counted or refused; `tightest` has the least left. */
export interface Quota {
  allowed: boolean
  windows: LimitWindow[]
  tightest: LimitWindow
}
