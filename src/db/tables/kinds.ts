import type { AccountId, MessageId } from '../../core/ids.ts'
import type { Generated } from 'kysely'

/** Marks of later changes on a message. */
export interface MessageChangeColumns {
  edited_at: number | null
  deleted_at: number | null
  /** 1: annotations exist, which have to be read with the message. */
  marked: Generated<0 | 1>
}

/** Holds a chat's disappearing-messages timer. */
export interface ChatTimerColumns {
  /** Seconds after which messages disappear; 0: never. */
  timer_seconds: Generated<number>
  timer_set_at: Generated<number>
}

interface ReactionsTable {
  message_id: MessageId
  /** `me`, `customer` in a one-to-one chat, a jid in groups. */
  person: string
  /** Empty if withdrawn. */
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
  /** The id of the stanza that made the change. */
  wa_id: string
  change: 'edit' | 'delete'
  former_text: string
  /** JSON: the facts of an event, or a poll; null for plain words. */
  former_details: string | null
  at: number
}

/** Changes that came before their message. */
interface EarlyChangesTable {
  id: Generated<number>
  account_id: AccountId
  target_wa_id: string
  wa_id: string
  /** The chat it came from; each may have a limited number. */
  sender: string
  /** JSON. */
  incoming: string
  kept_at: number
}

/** In groups: the author of a waiting change and of its message, as far as stated. */
interface EarlyChangePeopleTable {
  account_id: AccountId
  jid: string
  change_id: number
}

/** Lists the tables of changes and annotations. */
export interface KindTables {
  early_change_people: EarlyChangePeopleTable
  reactions: ReactionsTable
  poll_votes: PollVotesTable
  event_answers: EventAnswersTable
  revisions: RevisionsTable
  early_changes: EarlyChangesTable
}
