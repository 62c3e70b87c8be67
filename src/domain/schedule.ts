import type { AccountId } from './account.ts'
import type { Category } from './consent.ts'

export const missedRules = ['send', 'skip'] as const
export type IfMissed = (typeof missedRules)[number]

export const scheduleStatuses = ['active', 'done', 'cancelled'] as const
export type ScheduleStatus = (typeof scheduleStatuses)[number]

/** A message for later: once, or again and again. */
export interface Schedule {
  id: number
  accountId: AccountId
  /** Jids. */
  to: string[]
  text: string
  category: Category
  /** Null: once. */
  cron: string | null
  timeZone: string
  /** What becomes of a time that passed while the gateway did not run. */
  ifMissed: IfMissed
  /** Waits until the quiet hours of the account are over, where its time falls into them. */
  quiet: boolean
  status: ScheduleStatus
  nextAt: Date | null
  lastAt: Date | null
  /** What became of the last time, in words; null where all went well. */
  lastError: string | null
  createdAt: Date
}

export type NewSchedule = Omit<
  Schedule,
  'id' | 'status' | 'lastAt' | 'lastError' | 'createdAt' | 'nextAt'
> & {
  nextAt: Date
  at: Date
}
