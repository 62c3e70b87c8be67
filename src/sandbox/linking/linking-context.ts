import type { Account } from '../people/account.ts'
import type { Connection } from '../protocol/connection.ts'
import type { LinkedDevice, Registration } from './linked-device.ts'
import type { BinaryNode } from '../protocol/nodes.ts'

/** Holds a connection that waits to be linked. */
export interface Candidate {
  readonly connection: Connection
  readonly registration: Registration
  readonly refs: string[]
  readonly shownAt: number
  answer?: ((result: BinaryNode | Error) => void) | undefined
}

/** Holds the waiting candidates, and makes the final signatures, for all ways of linking. */
export interface LinkingContext {
  find(connection: Connection): Candidate | undefined
  /**
   * Continues after the phone took the candidate's code. Resolves when the device is linked, or when the owner has
   * been asked for a passkey.
   */
  accept(candidate: Candidate, account: Account, advSecret: Buffer): Promise<void>
  /** Signs the candidate as a device of the account. Rejects with the reason if the candidate refuses. */
  link(candidate: Candidate, account: Account, advSecret: Buffer): Promise<LinkedDevice>
}
