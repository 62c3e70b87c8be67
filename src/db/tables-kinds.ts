import type { AccountId, MessageId } from '../core/ids.ts'
import type { Generated } from 'kysely'

export interface MessageChangeColumns {
  edited_at: number | null
  deleted_at: number | null
  /** Somebody has reacted, voted or answered: there are rows to read with it. */
  marked: Generated<0 | 1>
}

export interface ChatTimerColumns {
  /** After how many seconds messages disappear; 0: they stay. */
  timer_seconds: Generated<number>
  timer_set_at: Generated<number>
}

interface ReactionsTable {
  message_id: MessageId
  /** `me`, `customer` in a chat of two, a jid in groups. */
  person: string
  /** Empty where it was taken back. */
  emoji: string
  at: number
}

interface PollVotesTable {
  message_id: MessageId
  person: string
  /** JSON: the names of the chosen options. */
  options: string
  at: number
}

interface EventAnswersTable {
  message_id: MessageId
  person: string
  /** JSON: the answer and the guests. */
  answer: string
  at: number
}

interface RevisionsTable {
  message_id: MessageId
  /** The stanza that made the change. */
  wa_id: string
  change: 'edit' | 'delete'
  former_text: string
  /** JSON: the facts of an event, or a poll; null where there were only words. */
  former_details: string | null
  at: number
}

/** Changes of messages that are not there yet. */
interface EarlyChangesTable {
  id: Generated<number>
  account_id: AccountId
  target_wa_id: string
  wa_id: string
  /** The chat that it came from: each has room for some. */
  sender: string
  /** JSON. */
  incoming: string
  kept_at: number
}

/** In groups: who made a change that waits, and whose message it is about, as far as that is said. */
interface EarlyChangePeopleTable {
  account_id: AccountId
  jid: string
  change_id: number
}

export interface KindTables {
  early_change_people: EarlyChangePeopleTable
  reactions: ReactionsTable
  poll_votes: PollVotesTable
  event_answers: EventAnswersTable
  revisions: RevisionsTable
  early_changes: EarlyChangesTable
}
