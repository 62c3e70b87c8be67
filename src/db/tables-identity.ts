import type { AccountId } from '../core/ids.ts'
import type { Generated } from 'kysely'

type Millis = number

/** Which phone number a LID has, or had last where that is null now: the number went to somebody else. */
export interface LidMappingsTable {
  account_id: AccountId
  /** The whole jid. */
  lid: string
  /** Digits. */
  phone: string | null
  /** When WhatsApp said so: of two answers the newer one counts. */
  seen_at: Millis
}

/** Rows that are part of another one now, so that whoever kept their id finds that one. */
export interface MergedIdsTable {
  kind: 'chat' | 'customer' | 'conversation' | 'message'
  old_id: number
  account_id: AccountId
  new_id: number
}

/** Who was erased: enough to know the person again, not enough to say who it was. */
interface ErasuresTable {
  account_id: AccountId
  /** A keyed hash of a jid. */
  address: string
  erased_at: Millis
  /** Of a number: that of the LID of whoever had it, as far as that is known. */
  lid: string | null
}

/** Of whom traces are still to be removed outside of the rows. */
interface ErasureTracesTable {
  id: Generated<number>
  account_id: AccountId
  /** Jids as JSON; none where only the files of the databases can hold anything still. */
  addresses: string
}

/** People whom an older version kept twice, once under each spelling of their number, until they are one. */
interface DoubledPeopleTable {
  account_id: AccountId
  /** Digits, in one of the two spellings. */
  phone: string
}

/** What the address book calls people who have no chat yet, under each jid that it names. */
export interface ContactNamesTable {
  account_id: AccountId
  jid: string
  name: string | null
  push_name: string | null
}

export interface IdentityTables {
  contact_names: ContactNamesTable
  doubled_people: DoubledPeopleTable
  erasure_traces: ErasureTracesTable
  erasures: ErasuresTable
  lid_mappings: LidMappingsTable
  merged_ids: MergedIdsTable
}
