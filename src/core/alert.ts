import type { AccountId } from './ids.ts'
import type { CloseReason } from '../features/accounts/connection.ts'

/** What an owner is told about by a second way than the log. */
export type AlertKind =
  | Extract<
      CloseReason,
      'logged_out' | 'banned' | 'locked' | 'client_outdated' | 'storage_failed' | 'number_mismatch'
    >
  | 'flapping'
  | 'number_changed'
  | 'person_wanted'
  | 'model_down'
  | 'model_missing'
  | 'webhooks_late'
  | 'test'

export interface Alert {
  kind: AlertKind
  /** Null: it is about the whole gateway. */
  accountId: AccountId | null
  /** What within the account it is about, such as a chat: each subject has an hour of its own. Left out: the account. */
  subject?: string
  say: string
}
