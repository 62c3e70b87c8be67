import type { AccountId } from '../../core/ids.ts'
import type { Store } from '../../db/store.ts'
import { jidsOfUsernames } from './queries/usernames.ts'

/** Knows whom an account knows by a username. */
export class Usernames {
  private readonly store: Store

  constructor({ store }: { store: Store }) {
    this.store = store
  }

  /** Returns the jids of those of the names that the account knows. */
  find(accountId: AccountId, names: readonly string[]): Promise<Map<string, string>> {
    return jidsOfUsernames(this.store.read, accountId, names)
  }
}
