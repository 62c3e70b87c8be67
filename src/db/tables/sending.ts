import type { AccountId, BatchId, ChatId, MediaId } from '../../core/ids.ts'
import type { Generated } from 'kysely'
import type { Category } from '../../features/sending/rules/consent.ts'
import type { RestrictionReason } from '../../features/sending/rules/restriction.ts'
import type { IfMissed, ScheduleStatus } from '../../features/sending/rules/schedule.ts'

/** Says how a message went out: its class, and when its last try was handed to WhatsApp. */
export interface MessagePaceColumns {
  send_class: number | null
  went_at: number | null
  /** 1: advertising. */
  marketing: Generated<0 | 1>
  batch_id: BatchId | null
}

/** Holds the facts of a waiting message that the pacer uses. */
export interface OutboxPaceColumns {
  /** The rank of the class: 0 reply, 1 known, 2 cold. */
  send_class: Generated<number>
  /** 1: the first of its chat, and so the only one that may go. */
  head: Generated<0 | 1>
}

/** WhatsApp's limits on an account's right to write to strangers. */
export interface AccountLimitsTable {
  account_id: AccountId
  locked: 0 | 1
  locked_until: number | null
  lock_type: string | null
  cap_status: string
  cap_total: number | null
  cap_used: number | null
  cap_until: number | null
  refused_reason: RestrictionReason | null
  refused_until: number | null
  checked_at: number | null
}

interface NumberChecksTable {
  account_id: AccountId
  phone: string
  jid: string | null
  checked_at: number
}

interface ColdTextsTable {
  account_id: AccountId
  digest: string
  chat_id: ChatId
  at: number
}

interface BatchesTable {
  id: Generated<number>
  account_id: AccountId
  /** Requested recipients, and how many were refused at once. */
  total: number
  rejected: number
  created_at: number
  cancelled_at: number | null
}

/** Sends at a time, once or repeatedly. */
export interface SchedulesTable {
  id: Generated<number>
  account_id: AccountId
  /** Jids as JSON. */
  recipients: string
  /** Empty if a template is sent. */
  text: string
  /** The name of the template, and its language and variables as JSON. */
  template: string | null
  template_with: string | null
  /** JSON: the content beside the words, and the file. */
  content: string | null
  media: string | null
  /** The stored file in it, kept until then. */
  media_id: MediaId | null
  category: Category
  confirm_bulk: Generated<0 | 1>
  cron: string | null
  time_zone: string
  if_missed: IfMissed
  quiet: 0 | 1
  status: ScheduleStatus
  next_at: number | null
  last_at: number | null
  last_error: string | null
  last_batch_id: number | null
  created_at: number
}

/** Lists the tables of sending. */
export interface SendingTables {
  schedules: SchedulesTable
  account_limits: AccountLimitsTable
  number_checks: NumberChecksTable
  batches: BatchesTable
  cold_texts: ColdTextsTable
}
