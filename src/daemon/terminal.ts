import type { AccountId } from '../core/ids.ts'
import type { ConnectionReport } from '../features/accounts/connection.ts'

/** Where the sandbox network listens, if the daemon runs on one. */
interface SandboxHints {
  /** The address that `zaguan sandbox say` and `zaguan sandbox inbox` use to play the customer. */
  controlUrl: string
}

/** What the person at the terminal has to know once requests are answered. */
export interface ListeningInfo {
  /** The API's address, with the actual port. */
  url: string
  dataDir: string
  version: string
  /** The full-rights key, only in the start that created it; null afterwards. */
  bootstrapKey: string | null
  /** The file that holds the key if nobody reads the terminal; null or undefined: none. */
  keyFile?: string | null
  sandbox: SandboxHints | null
}

/** An account as the terminal names it. */
export interface TerminalAccount {
  id: AccountId
  name: string
  /** Digits with country code; null before the first linking. */
  phone: string | null
}

/** Tells the person at the terminal what happens, in plain words. Programs read the log instead. */
export interface Terminal {
  /** Whether a person reads along. If not, all of this ends in a log and must hold no secret. */
  readonly isWatched: boolean
  /** Called once, when requests are answered. */
  listening(info: ListeningInfo): void
  /** Called at every change of an account's connection, possibly with the same state again. */
  connection(account: TerminalAccount, report: ConnectionReport): void
  /** Tells the owner something; a repeated sentence is shown once. */
  notice(subject: string, say: string): void
}
