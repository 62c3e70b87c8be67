import type { AccountId } from '../core/ids.ts'
import type { ConnectionReport } from '../features/accounts/connection.ts'

/** Says where the sandbox network listens, if the daemon runs on one. */
interface SandboxHints {
  /** The address that `zaguan sandbox say` and `zaguan sandbox inbox` use to play the customer. */
  controlUrl: string
}

/** Holds the addresses and keys that the person at the terminal needs once requests are answered. */
export interface ListeningInfo {
  /** The API's address, with the actual port. */
  url: string
  dataDir: string
  version: string
  /** The full-rights key, only in the start that created it; null afterwards. */
  bootstrapKey: string | null
  /** The file that holds the key if no person reads the terminal; null or undefined: none. */
  keyFile?: string | null
  sandbox: SandboxHints | null
}

/** Names an account for the terminal. */
export interface TerminalAccount {
  id: AccountId
  name: string
  /** Digits with country code; null before the first linking. */
  phone: string | null
}

/** Reports to the person at the terminal, in plain words. Programs read the log instead. */
export interface Terminal {
  /** True if a person reads along. If not, all of this ends in a log and must hold no secret. */
  readonly isWatched: boolean
  /** Called once, when requests are answered. */
  listening(info: ListeningInfo): void
  /** Called at every change of an account's connection, possibly with the same state again. */
  connection(account: TerminalAccount, report: ConnectionReport): void
  /** Shows the owner a sentence; a repeated one is shown once. */
  notice(subject: string, say: string): void
}
