import type { Generated } from 'kysely'
import type { HistoryChunksTable } from './stored-history.ts'

/** Credentials of a device that is to be logged out and does nothing else; `data` is sealed as in `creds`. */
interface LogOutsTable {
  id: Generated<number>
  account_id: number
  data: string
  /** Removal of the account, epoch ms. */
  since: number
}

/** Lists the tables of `sessions.db`. */
export interface SessionTables {
  history_chunks: HistoryChunksTable
  log_outs: LogOutsTable
  /** `sealed` is 0 only until the first start of a version that seals. */
  creds: { account_id: number; data: string; sealed: 0 | 1 }
  signal_keys: { account_id: number; type: string; id: string; value: Uint8Array; sealed: 0 | 1 }
  retry_counts: { account_id: number; key: string; count: number; updated_at: number }
  journal: {
    id: Generated<number>
    account_id: number
    hash: string
    stanza: string
    plaintext: Uint8Array
    second: number
    received_at: number
    released_at: number | null
    fault: string | null
  }
}
