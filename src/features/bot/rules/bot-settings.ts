import type { BotLimits } from './bot-gate.ts'
import type { Schedule } from './bot-schedule.ts'

/** Holds the bot's configuration beyond an account's settings. */
export interface BotConfig {
  limits: BotLimits
  /** Milliseconds that a person keeps a chat after the last word. */
  humanMs: number
  /** `22:00-08:00`; null for none. */
  quietHours: string | null
  schedule: Schedule
  /** The facts that the bot may store about a customer. */
  customerFields: readonly string[]
  /** Per million tokens; null if costs are not counted. */
  prices: { input: number; output: number } | null
  reminderMs: number | null
  /** True if the bot may speak in groups where it is enabled by name. */
  groups: boolean
}

/** The defaults. */
export const defaultBotConfig: BotConfig = {
  limits: { chatRepliesPerDay: 60, accountRepliesPerDay: 1000, accountTokensPerDay: 2_000_000 },
  humanMs: 2 * 60 * 60_000,
  quietHours: null,
  schedule: { timeZone: 'UTC', services: [], open: [], holidays: [] },
  customerFields: [],
  prices: null,
  reminderMs: null,
  groups: false,
}
