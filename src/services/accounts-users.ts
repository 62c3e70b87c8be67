import type { User } from '../domain/user.ts'
import type { Store } from '../storage/store.ts'
import { listUsers } from '../storage/users.ts'

/** The humans who answer and look after the gateway. */
export class Users {
  private readonly store: Store

  constructor(parts: { store: Store }) {
    this.store = parts.store
  }

  list(): Promise<User[]> {
    return listUsers(this.store.read)
  }
}
