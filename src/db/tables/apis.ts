import type { AccountId, KeyId } from '../../core/ids.ts'
import type { Generated } from 'kysely'

/** Columns that the APIs added to the accounts of the first release. */
export interface AccountApiColumns {
  /** The number that the account was created for; other numbers are refused. */
  expected_phone: string | null
  /** 1: the test keys' account, which sends nothing to WhatsApp. */
  test: Generated<0 | 1>
  /** The account that this test account belongs to; null: to the keys of all accounts. */
  test_of: number | null
  removed_at: number | null
  /** The other number that last tried to link the account; null once it is linked. */
  refused_phone: string | null
  /** 1: the next phone that scans may have another number. */
  accepts_other_number: Generated<0 | 1>
  /** 1: the account was removed, and its credentials may still exist. */
  wipe_due: Generated<0 | 1>
  customer_count: Generated<number>
  pending_count: Generated<number>
  in_progress_count: Generated<number>
  resolved_count: Generated<number>
}

/** Limits and origin of a key. */
export interface ApiKeyLimitColumns {
  plan: Generated<string>
  per_minute: number | null
  per_day: number | null
  /**
   * `now`: in the configuration; `before`: in it until another one replaced it; `unshown`: created by a first start
   * that has not shown it yet.
   */
  configured: 'now' | 'before' | 'unshown' | null
}

/** Counts a key's requests, reservations included, in the current minute and UTC day. */
export interface KeyUsageTable {
  key_id: KeyId
  minute: number
  minute_used: number
  day: number
  day_used: number
  last_used_at: number | null
}

/** Holds the personas of the bot. Null columns fall back to the account's settings. */
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

/** Holds the people who answer or administer the gateway. */
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

/** Lists the tables that the APIs added. */
export interface ApiTables {
  key_usage: KeyUsageTable
  agents: AgentsTable
  users: UsersTable
  customer_search: CustomerSearchTable
}
