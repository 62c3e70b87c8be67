import type { AccountId, ScheduleId } from '../../../core/ids.ts'
import type { Category } from './consent.ts'
import type { MediaRequest, NewContent } from '../../messages/outgoing.ts'
import type { TemplateUse } from './template.ts'

export const missedRules = ['send', 'skip'] as const
/** What happens to a missed time. */
export type IfMissed = (typeof missedRules)[number]

/** `failed`: its only time came, and nobody got anything. */
export const scheduleStatuses = ['active', 'done', 'failed', 'cancelled'] as const
/** The state of a schedule. */
export type ScheduleStatus = (typeof scheduleStatuses)[number]

/** A scheduled message, once or repeatedly. */
export interface Schedule {
  id: ScheduleId
  accountId: AccountId
  /** Jids. */
  to: string[]
  /** Empty if a template has the words, or if there are none. */
  text: string
  /** Filled in at its time. */
  template: TemplateUse | null
  /** Content beside the words or instead of them. */
  content: NewContent | null
  media: MediaRequest | null
  category: Category
  /** Confirms that more strangers than usual get the same. */
  confirmBulk: boolean
  /** Null: once. */
  cron: string | null
  timeZone: string
  /** What happens to a time that passed while the gateway was down. */
  ifMissed: IfMissed
  /** Waits for the end of the account's quiet hours if its time falls into them. */
  quiet: boolean
  status: ScheduleStatus
  nextAt: Date | null
  lastAt: Date | null
  /** Why the last run failed, in words; null if it succeeded. */
  lastError: string | null
  /** The batch of the last run, if it had several recipients. */
  lastBatchId: number | null
  createdAt: Date
}

/** A schedule whose time is still to come. */
export type PlannedSchedule = Schedule & { nextAt: Date }

/** A schedule to insert. */
export type NewSchedule = Omit<
  Schedule,
  'id' | 'status' | 'lastAt' | 'lastError' | 'lastBatchId' | 'createdAt' | 'nextAt'
> & {
  nextAt: Date
  at: Date
}
