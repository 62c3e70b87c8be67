import type { AccountId } from '../core/ids.ts'
import type { ConnectionReport } from '../features/accounts/connection.ts'

/** Where the sandbox network listens, when the daemon runs on one. */
interface SandboxHints {
  /** Where a person plays the customer: `zaguan sandbox say` and `zaguan sandbox inbox` talk to it. */
  controlUrl: string
}

export interface ListeningInfo {
  /** The address of the API, with the port that was really taken. */
  url: string
  dataDir: string
  version: string
  /** The full-rights key, only in the start that made it; null ever after. */
  bootstrapKey: string | null
  /** The file that has the key in place of the terminal, where nobody reads that; null or left out: there is none. */
  keyFile?: string | null
  sandbox: SandboxHints | null
}

export interface TerminalAccount {
  id: AccountId
  name: string
  /** Digits with country code; null before the first linking. */
  phone: string | null
}

/** What the daemon tells the person at the terminal, in plain words. Programs read the log instead. */
export interface Terminal {
  /** Whether a person reads along. Otherwise all of this ends in a log, and nothing secret may be said. */
  readonly isWatched: boolean
  /** Once, when requests are answered. */
  listening(info: ListeningInfo): void
  /** At every change of an account's connection; may be called with the same state again. */
  connection(account: TerminalAccount, report: ConnectionReport): void
  /** Something that the owner should know; the same sentence again is not repeated. */
  notice(subject: string, say: string): void
}
