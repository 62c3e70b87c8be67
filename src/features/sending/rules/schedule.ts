import type { AccountId, ScheduleId } from '../../../core/ids.ts'
import type { Category } from './consent.ts'
import type { MediaRequest, NewContent } from '../../messages/outgoing.ts'
import type { TemplateUse } from './template.ts'

export const missedRules = ['send', 'skip'] as const
/** Says what to do about a missed time. */
export type IfMissed = (typeof missedRules)[number]

/** States of a schedule. `failed`: its only time came, and no recipient got a message. */
export const scheduleStatuses = ['active', 'done', 'failed', 'cancelled'] as const
/** Names the state of a schedule. */
export type ScheduleStatus = (typeof scheduleStatuses)[number]

/** Describes a scheduled message, once or repeatedly. */
export interface Schedule {
  id: ScheduleId
  accountId: AccountId
  /** Jids. */
  to: string[]
  /** Empty if a template has the words, or if the message has none. */
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
  /** Rule for a time that passed while the gateway was down. */
  ifMissed: IfMissed
  /** Waits for the end of the account's quiet hours if its time falls into them. */
  quiet: boolean
  status: ScheduleStatus
  nextAt: Date | null
  lastAt: Date | null
  /** Reason why the last run failed, in words; null if it succeeded. */
  lastError: string | null
  /** The batch of the last run, if it had several recipients. */
  lastBatchId: number | null
  createdAt: Date
}

/** Holds a schedule whose time is still to come. */
export type PlannedSchedule = Schedule & { nextAt: Date }

/** Describes a schedule to insert. */
export type NewSchedule = Omit<
  Schedule,
  'id' | 'status' | 'lastAt' | 'lastError' | 'lastBatchId' | 'createdAt' | 'nextAt'
> & {
  nextAt: Date
  at: Date
}
