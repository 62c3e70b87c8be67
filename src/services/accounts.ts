import type { Account, AccountId, Network } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import { findAccount, insertAccount, listAccounts } from '../storage/accounts.ts'
import type { Store } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'

/** The WhatsApp numbers in the care of this daemon. */
export class Accounts {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  async get(id: AccountId): Promise<Account> {
    const account = await findAccount(this.store.read, id)
    if (!account) throw new AppError('not_found', 'No such account')
    return account
  }

  list(): Promise<Account[]> {
    return listAccounts(this.store.read)
  }

  /** The first start makes account 1. */
  async ensureFirst(network: Network, name: string): Promise<void> {
    await this.store.write(async (trx) => {
      if ((await listAccounts(trx)).length > 0) return
      await insertAccount(trx, { network, name, at: this.clock.now() })
    })
  }
}
