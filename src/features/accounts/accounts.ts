import type { Account, Network } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import {
  findAccount,
  findAccountByPhone,
  findWipesDue,
  findTestAccount,
  listTestAccounts,
  insertAccount,
  listAccounts,
  renameAccount,
  setAccountIdentity,
  setAccountRemoved,
  setAccountStatus,
  setNumberRules,
  setWipeDue,
} from './queries/accounts.ts'
import { insertAgent } from '../bot/queries/agents.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'
import { newAgent } from '../bot/bots.ts'
import { cancelWaiting } from './account-number.ts'

/** The numbers of the accounts from which nothing leaves, counted from here: of a range that is given to nobody. */
const firstTestPhone = 15550100000

/** Who follows accounts that come and go while the daemon runs. */
export interface AccountFollower {
  joined(account: Account): void
  /** May come twice for one account. Says whether its device is off the phone's list, where the follower knows. */
  left(accountId: AccountId): Promise<boolean | void> | void
}

/** The WhatsApp numbers in the care of this daemon. */
export class Accounts {
  private readonly store: Store
  private readonly clock: Clock
  private readonly most: number
  private readonly followers: AccountFollower[] = []
  private readonly told = new Set<AccountId>()
  private network: Network = 'whatsapp'

  constructor(parts: { store: Store; clock: Clock; maxAccounts?: number | undefined }) {
    this.store = parts.store
    this.clock = parts.clock
    this.most = parts.maxAccounts ?? 10
  }

  /** Tells of every account that comes or goes from now on. */
  follow(follower: AccountFollower): void {
    this.followers.push(follower)
  }

  async get(id: AccountId): Promise<Account> {
    const account = await findAccount(this.store.read, id)
    if (!account) throw new AppError('not_found', 'No such account')
    return account
  }

  /** All but the one of the test keys. */
  list(): Promise<Account[]> {
    return listAccounts(this.store.read)
  }

  /** The accounts on which the caller may act. */
  async listFor(caller: Caller): Promise<Account[]> {
    return caller.allAccounts ? this.list() : [await this.get(caller.accountId)]
  }

  /** An account on which the caller may act. @throws AppError not_found for all others, whether they exist or not */
  async reach(caller: Caller, id: AccountId): Promise<Account> {
    const account = caller.allAccounts || caller.accountId === id ? await this.get(id) : undefined
    if (!account || account.test !== (caller.mode === 'test')) {
      throw new AppError('not_found', 'No such account')
    }
    return account
  }

  /** The first start makes account 1. */
  async ensureFirst(network: Network, name: string): Promise<void> {
    this.network = network
    await this.store.write(async (trx) => {
      for (const test of await listTestAccounts(trx)) this.store.afterCommit(() => this.tell(test))
      if ((await listAccounts(trx)).length > 0) return
      await this.insert(trx, { name, expectedPhone: null, test: false })
    })
  }

  /** After an end without a goodbye: no account is connected until its line says so. Before the lines are opened. */
  async forgetConnections(): Promise<void> {
    const at = this.clock.now()
    await this.store.write(async (trx) => {
      for (const { id: accountId, status } of await listAccounts(trx)) {
        if (status !== 'connected') continue
        await setAccountStatus(trx, accountId, 'disconnected')
        // In the words of a clean stop, whose place this takes.
        const data = { status: 'disconnected', reason: 'stopped' }
        await appendEvent(trx, { name: 'account.updated', accountId, chatId: null, data }, at)
      }
    })
  }

  /**
   * Begins to link a number; an account that has it, or had it before it was removed, is returned in place of a new one.
   * @throws AppError forbidden for keys of one account, and beyond the configured number of accounts
   */
  async create(caller: Caller, wanted: { phone: string; name: string }): Promise<Account> {
    return this.store.write(async (trx) => {
      const known = await findAccountByPhone(trx, wanted.phone)
      if (known && !known.removed && (caller.allAccounts || caller.accountId === known.account.id)) {
        return known.account
      }
      refuseBound(caller)
      if ((await listAccounts(trx)).length >= this.most) {
        throw new AppError(
          'forbidden',
          `This gateway is set up for ${this.most} accounts (whatsapp.maxAccounts)`,
        )
      }
      const account = known
        ? await this.restore(trx, known.account, wanted.name)
        : await this.insert(trx, { name: wanted.name, expectedPhone: wanted.phone, test: false })
      const audited = {
        action: 'account.created',
        accountId: account.id,
        subject: `account ${account.id}`,
      } as const
      await noteAudit(trx, audited, this.clock.now())
      this.store.afterCommit(() => this.tell(account))
      return account
    })
  }

  /**
   * Renames an account, or lets the next phone that scans have another number. What waits for the former number is cancelled
   * when that one is linked. @throws AppError not_found; forbidden for keys of one account that would let another phone in
   */
  async change(
    caller: Caller,
    id: AccountId,
    { name, acceptsOtherNumber }: { name?: string | undefined; acceptsOtherNumber?: boolean | undefined },
  ): Promise<Account> {
    await this.reach(caller, id)
    if (acceptsOtherNumber !== undefined) refuseBound(caller)
    return this.store.write(async (trx) => {
      if (name !== undefined) await renameAccount(trx, id, name)
      if (acceptsOtherNumber !== undefined) await setNumberRules(trx, id, { acceptsOtherNumber })
      const account = await findAccount(trx, id)
      if (!account) throw new AppError('not_found', 'No such account')
      return account
    })
  }

  /**
   * Logs an account out and takes it out of every list; what was still to be sent is cancelled. Its chats are kept for the
   * day on which the same number comes back.
   * What an end in the middle leaves undone is done by {@link finishRemovals}. Returns whether WhatsApp took the device off the
   * phone's list. @throws AppError not_found; conflict for the last one
   */
  async remove(caller: Caller, id: AccountId): Promise<{ loggedOut: boolean }> {
    const account = await this.reach(caller, id)
    refuseBound(caller)
    await this.store.writeUrgently(async (trx) => {
      if ((await listAccounts(trx)).length < 2) {
        throw new AppError(
          'conflict',
          'This is the only account: the gateway needs one. Log it out on the phone.',
        )
      }
      const at = this.clock.now()
      await cancelWaiting(trx, id, { reason: 'cancelled', at })
      await setAccountRemoved(trx, id, at)
      await setWipeDue(trx, id, true)
      await noteAudit(trx, { action: 'account.removed', accountId: id, subject: `account ${id}` }, at)
      const data = { status: 'logged_out', reason: 'removed' }
      await appendEvent(trx, { name: 'account.updated', accountId: id, chatId: null, data }, at)
    })
    return { loggedOut: await this.wipe(account.id) }
  }

  /** Does what the end of a process left undone of removals: keys and credentials of removed accounts go. */
  async finishRemovals(): Promise<void> {
    for (const id of await findWipesDue(this.store.read)) await this.wipe(id)
  }

  private async wipe(id: AccountId): Promise<boolean> {
    let loggedOut = true
    for (const follower of this.followers) loggedOut = (await follower.left(id)) !== false && loggedOut
    await this.store.write((trx) => setWipeDue(trx, id, false))
    return loggedOut
  }

  /**
   * The test account of an account, or of the keys of all accounts (null), made with the first test key. Joins a running write.
   * @throws AppError not_found where there is no such account
   */
  async ensureTest(of: AccountId | null): Promise<AccountId> {
    return this.store.write(async (trx) => {
      const found = await findTestAccount(trx, of)
      if (found) return found.id
      if (of !== null && (await findAccount(trx, of))?.test !== false) {
        throw new AppError('not_found', 'No such account')
      }
      const made = await this.insert(trx, { name: 'Test', expectedPhone: null, test: true, testOf: of })
      const phone = String(firstTestPhone + (of ?? 0))
      await setAccountIdentity(trx, made.id, { phone, lid: null, at: this.clock.now() })
      await setAccountStatus(trx, made.id, 'connected')
      this.store.afterCommit(() => this.tell(made))
      return made.id
    })
  }

  /** A test account is being used: where another process made it, its followers have not heard of it yet. */
  noticeTest(account: Account): void {
    if (!this.told.has(account.id)) this.tell(account)
  }

  private async insert(
    trx: Trx,
    account: { name: string; expectedPhone: string | null; test: boolean; testOf?: AccountId | null },
  ): Promise<Account> {
    const at = this.clock.now()
    const network = account.test ? 'sandbox' : this.network
    const made = await insertAccount(trx, { ...account, network, at })
    await insertAgent(trx, newAgent(made.id, made.name, at))
    return made
  }

  private async restore(trx: Trx, account: Account, name: string): Promise<Account> {
    await setAccountRemoved(trx, account.id, null)
    await renameAccount(trx, account.id, name)
    return (await findAccount(trx, account.id)) ?? account
  }

  private tell(account: Account): void {
    this.told.add(account.id)
    for (const follower of this.followers) follower.joined(account)
  }
}

function refuseBound(caller: Caller): void {
  if (caller.mode === 'test') throw new AppError('forbidden', 'Test keys act on the test account alone')
  if (caller.allAccounts) return
  throw new AppError('forbidden', 'This key belongs to one account: a key of all accounts is needed')
}
