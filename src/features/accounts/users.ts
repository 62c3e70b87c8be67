import type { Caller } from '../../core/caller.ts'
import type { User } from './user.ts'
import type { Store } from '../../db/store.ts'
import { listUsers } from './queries/users.ts'

/** Lists the people who answer and administer the gateway. */
export class Users {
  private readonly store: Store

  constructor(parts: { store: Store }) {
    this.store = parts.store
  }

  /** Lists the people who answer on the accounts that the caller reaches, and the owner, who answers on all. */
  list({ allAccounts, accountId }: Pick<Caller, 'allAccounts' | 'accountId'>): Promise<User[]> {
    return listUsers(this.store.read, allAccounts ? null : accountId)
  }
}
