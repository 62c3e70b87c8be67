import type { AccountId } from './ids.ts'
import type { CloseReason } from '../features/accounts/connection.ts'

/** Names the problems that owners are alerted about besides the log. */
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
  | 'backup_failed'
  | 'test'

/** Describes a problem that needs a person. */
export interface Alert {
  kind: AlertKind
  /** Null: the whole gateway. */
  accountId: AccountId | null
  /** The subject within the account, such as a chat: each is alerted once an hour. Undefined: the account. */
  subject?: string
  say: string
}
