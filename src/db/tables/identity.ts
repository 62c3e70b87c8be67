import type { AccountId } from '../../core/ids.ts'
import type { Generated } from 'kysely'

type Millis = number

/** Holds the phone number of each LID; null once the number went to another person. */
export interface LidMappingsTable {
  account_id: AccountId
  /** The whole jid. */
  lid: string
  /** Digits. */
  phone: string | null
  /** Time at which WhatsApp said so: of two statements the newer counts. */
  seen_at: Millis
}

/** Rows that were merged into another, so that a kept id still finds it. */
interface MergedIdsTable {
  kind: 'chat' | 'customer' | 'conversation' | 'message'
  old_id: number
  account_id: AccountId
  new_id: number
}

/** Erased people: enough to recognise a person, not enough to identify one. */
interface ErasuresTable {
  account_id: AccountId
  /** A keyed hash of a jid. */
  address: string
  erased_at: Millis
  /** For a number: the hash of its owner's LID, as far as known. */
  lid: string | null
}

/** People whose traces outside the rows are still to be removed. */
interface ErasureTracesTable {
  id: Generated<number>
  account_id: AccountId
  /** Jids as JSON; empty if only the database files can still hold anything. */
  addresses: string
}

/** People whom an older version stored twice, once per spelling of their number, until they are merged. */
interface DuplicatePeopleTable {
  account_id: AccountId
  /** Digits, in one of the two spellings. */
  phone: string
}

/** Address book names of people who have no chat yet, under each of their jids. */
export interface ContactNamesTable {
  account_id: AccountId
  jid: string
  name: string | null
  push_name: string | null
  /** Without the @. */
  username: string | null
}

/** Lists the tables of people's identities. */
export interface IdentityTables {
  contact_names: ContactNamesTable
  doubled_people: DuplicatePeopleTable
  erasure_traces: ErasureTracesTable
  erasures: ErasuresTable
  lid_mappings: LidMappingsTable
  merged_ids: MergedIdsTable
}
