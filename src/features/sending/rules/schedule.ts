import type { AccountId, ScheduleId } from '../../../core/ids.ts'
import type { Category } from './consent.ts'
import type { MediaRequest, NewContent } from '../../messages/outgoing.ts'
import type { TemplateUse } from './template.ts'

export const missedRules = ['send', 'skip'] as const
export type IfMissed = (typeof missedRules)[number]

/** `failed`: its only time came, and nobody got anything. */
export const scheduleStatuses = ['active', 'done', 'failed', 'cancelled'] as const
export type ScheduleStatus = (typeof scheduleStatuses)[number]

/** A message for later: once, or again and again. */
export interface Schedule {
  id: ScheduleId
  accountId: AccountId
  /** Jids. */
  to: string[]
  /** Empty where a template says the words, or where there are none. */
  text: string
  /** Filled in when its time has come. */
  template: TemplateUse | null
  /** What goes with the words or in their place. */
  content: NewContent | null
  media: MediaRequest | null
  category: Category
  /** The same is meant for more strangers than are usually let pass. */
  confirmBulk: boolean
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
  /** The messages of the last time, where they went to several people. */
  lastBatchId: number | null
  createdAt: Date
}

/** One whose time is still to come. */
export type PlannedSchedule = Schedule & { nextAt: Date }

export type NewSchedule = Omit<
  Schedule,
  'id' | 'status' | 'lastAt' | 'lastError' | 'lastBatchId' | 'createdAt' | 'nextAt'
> & {
  nextAt: Date
  at: Date
}
