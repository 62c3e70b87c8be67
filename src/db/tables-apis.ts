import type { AccountId, KeyId } from '../core/ids.ts'
import type { Generated } from 'kysely'

/** Counters and marks that the APIs added to the accounts of the first release. */
export interface AccountApiColumns {
  /** The number that the account was made for; another one is not accepted. */
  expected_phone: string | null
  /** 1: the account of the test keys, from which nothing leaves. */
  test: Generated<0 | 1>
  /** Whose test account it is; null: that of the keys of all accounts. */
  test_of: number | null
  removed_at: number | null
  /** The other number that last tried to link the account; null once it is linked. */
  refused_phone: string | null
  /** 1: the next phone that scans may have another number. */
  accepts_other_number: Generated<0 | 1>
  /** 1: the account was removed, and its credentials may still be there. */
  wipe_due: Generated<0 | 1>
  customer_count: Generated<number>
  pending_count: Generated<number>
  in_progress_count: Generated<number>
  resolved_count: Generated<number>
}

export interface ApiKeyLimitColumns {
  plan: Generated<string>
  per_minute: number | null
  per_day: number | null
  /**
   * `now` stands in the configuration, `before` did so until another one took its place; `unshown` was made by a first start that
   * has not shown it to anybody yet.
   */
  configured: 'now' | 'before' | 'unshown' | null
}

/** What a key has used, or has reserved, in the running minute and UTC day. */
export interface KeyUsageTable {
  key_id: KeyId
  minute: number
  minute_used: number
  day: number
  day_used: number
  last_used_at: number | null
}

/** A persona of the bot. What is null is taken from the account's settings. */
interface AgentsTable {
  id: Generated<number>
  account_id: AccountId
  name: string
  description: string
  is_active: 0 | 1
  /** 1: the account's bot answers as this agent while it is active. */
  assigned: 0 | 1
  purpose: string | null
  guardrails: string | null
  instructions: string | null
  created_at: number
}

/** A human who answers or looks after the gateway. */
interface UsersTable {
  id: Generated<number>
  name: string
  role: 'owner' | 'operator'
  created_at: number
}

/** Customers by every part of their names and numbers: `words` is folded, `account` is `#` and the account's key. */
interface CustomerSearchTable {
  rowid: number
  account: string
  words: string
  customer_search: string
}

export interface ApiTables {
  key_usage: KeyUsageTable
  agents: AgentsTable
  users: UsersTable
  customer_search: CustomerSearchTable
}
