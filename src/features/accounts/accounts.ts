import type { Account, Network } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import type { LineControl } from '../../core/ports.ts'
import {
  findAccount,
  findAccountByPhone,
  findRemovedAccount,
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
import { appendEvent } from '../events/records.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'
import { endForAccount } from './account-reactions.ts'
import type { AccountReaction } from './account-reactions.ts'

/** The first number of test accounts, which send nothing: from an unassigned range. */
const firstTestPhone = 15550100000

/** Follows accounts that come and go while the daemon runs. */
export interface AccountFollower {
  joined(account: Account): void
  /** Called when an account leaves, perhaps twice. Returns whether its device is off the phone's list, if known. */
  left(accountId: AccountId): Promise<boolean | void> | void
}

/** Describes a removed account whose device the phone still lists, because WhatsApp could not be told. */
export interface LoggingOut {
  account: Account
  since: Date
  /** The time at which the log-out is given up. */
  until: Date
}

/** Holds the dependencies of the accounts. */
export interface AccountsParts {
  store: Store
  clock: Clock
  /** Reactions of later features when an account begins or ends. */
  reactions: readonly AccountReaction[]
  /** The maximum number of linked accounts; 10 by default. */
  maxAccounts?: number | undefined
  lineControl?: Pick<LineControl, 'departing'> | undefined
}

const defaultMaxAccounts = 10

/** Links and removes the WhatsApp numbers of this daemon. */
export class Accounts {
  private readonly parts: AccountsParts
  private readonly followers: AccountFollower[] = []
  private readonly announced = new Set<AccountId>()
  /** Removals that are being carried out. */
  private readonly wiping = new Map<AccountId, Promise<boolean>>()
  private network: Network = 'whatsapp'

  constructor(parts: AccountsParts) {
    this.parts = parts
  }

  /** Reports every account that comes or goes from now on. */
  follow(follower: AccountFollower): void {
    this.followers.push(follower)
  }

  async get(id: AccountId): Promise<Account> {
    const account = await findAccount(this.parts.store.read, id)
    if (!account) throw new AppError('not_found', 'No such account')
    return account
  }

  /** Lists all but the test accounts. */
  list(): Promise<Account[]> {
    return listAccounts(this.parts.store.read)
  }

  /** Lists the removed accounts that are still to be logged out at WhatsApp: for keys of all accounts. */
  async listLoggingOut(caller: Caller): Promise<LoggingOut[]> {
    if (!caller.allAccounts || caller.mode === 'test' || !this.parts.lineControl) return []
    const found = await Promise.all(
      (await this.parts.lineControl.departing()).map(async ({ accountId, since, until }) => {
        const account = await findRemovedAccount(this.parts.store.read, accountId)
        return account && { account, since, until }
      }),
    )
    return found.filter((entry) => entry !== undefined)
  }

  /** Lists the accounts that the caller may act on. */
  async listFor(caller: Caller): Promise<Account[]> {
    return caller.allAccounts ? this.list() : [await this.get(caller.accountId)]
  }

  /** Returns an account that the caller may act on. @throws AppError not_found for all others, existing or not */
  async reach(caller: Caller, id: AccountId): Promise<Account> {
    const account = caller.allAccounts || caller.accountId === id ? await this.get(id) : undefined
    if (!account || account.test !== (caller.mode === 'test')) {
      throw new AppError('not_found', 'No such account')
    }
    return account
  }

  /** Creates account 1 in the first start. */
  async ensureFirst(network: Network, name: string): Promise<void> {
    this.network = network
    await this.parts.store.write(async (trx) => {
      for (const test of await listTestAccounts(trx)) afterCommit(trx, () => this.announceJoined(test))
      if ((await listAccounts(trx)).length > 0) return
      await this.insert(trx, { name, expectedPhone: null, test: false })
    })
  }

  /** Marks all accounts as disconnected after a crash, until their lines report. Call it before lines open. */
  async forgetConnections(): Promise<void> {
    const at = this.parts.clock.now()
    await this.parts.store.write(async (trx) => {
      for (const { id: accountId, status } of await listAccounts(trx)) {
        if (status !== 'connected') continue
        await setAccountStatus(trx, accountId, 'disconnected')
        // The words of a clean stop, which this replaces.
        const data = { status: 'disconnected', reason: 'stopped' }
        await appendEvent(trx, { name: 'account.updated', accountId, chatId: null, data }, at)
      }
    })
  }

  /**
   * Starts to link a number; returns the account that has it, or had it before its removal, instead of a new one.
   * @throws AppError forbidden for keys of one account, and beyond the configured number of accounts
   */
  async create(caller: Caller, wanted: { phone: string; name: string }): Promise<Account> {
    const former = await findAccountByPhone(this.parts.store.read, wanted.phone)
    // The former device has to be out of the way before another one is linked.
    if (former?.removed) await this.finishRemoval(former.account.id)
    return this.parts.store.write(async (trx) => {
      const known = await findAccountByPhone(trx, wanted.phone)
      if (known && !known.removed && (caller.allAccounts || caller.accountId === known.account.id)) {
        return known.account
      }
      refuseBound(caller)
      const { maxAccounts = defaultMaxAccounts } = this.parts
      if ((await listAccounts(trx)).length >= maxAccounts) {
        throw new AppError('forbidden', `This gateway allows ${maxAccounts} accounts (whatsapp.maxAccounts)`)
      }
      const account = known
        ? await this.restore(trx, known.account, wanted.name)
        : await this.insert(trx, { name: wanted.name, expectedPhone: wanted.phone, test: false })
      const audited = {
        action: 'account.created',
        accountId: account.id,
        subject: `account ${account.id}`,
      } as const
      await noteAudit(trx, audited, this.parts.clock.now())
      afterCommit(trx, () => this.announceJoined(account))
      return account
    })
  }

  /**
   * Renames an account, or lets the next phone that scans have another number. Waiting messages of the former number
   * are cancelled once that one is linked.
   * @throws AppError not_found; forbidden for keys of one account that would let another phone in
   */
  async change(
    caller: Caller,
    id: AccountId,
    { name, acceptsOtherNumber }: { name?: string | undefined; acceptsOtherNumber?: boolean | undefined },
  ): Promise<Account> {
    await this.reach(caller, id)
    if (acceptsOtherNumber !== undefined) refuseBound(caller)
    return this.parts.store.write(async (trx) => {
      if (name !== undefined) await renameAccount(trx, id, name)
      if (acceptsOtherNumber !== undefined) await setNumberRules(trx, id, { acceptsOtherNumber })
      const account = await findAccount(trx, id)
      if (!account) throw new AppError('not_found', 'No such account')
      const detail = { ...(name === undefined ? {} : { name }), acceptsOtherNumber }
      const audited = { action: 'account.changed', accountId: id, subject: `account ${id}`, detail } as const
      await noteAudit(trx, audited, this.parts.clock.now())
      return account
    })
  }

  /**
   * Logs an account out and removes it from every list; cancels its queued messages. Its chats are kept for the return of the
   * same number. After a crash {@link finishRemovals} completes it.
   * @returns whether WhatsApp took the device off the phone's list; if not, it is tried again ({@link listLoggingOut})
   * @throws AppError not_found; conflict for the last account
   */
  async remove(caller: Caller, id: AccountId): Promise<{ loggedOut: boolean }> {
    const account = await this.reach(caller, id)
    refuseBound(caller)
    await this.parts.store.writeUrgently(async (trx) => {
      if ((await listAccounts(trx)).length < 2) {
        throw new AppError(
          'conflict',
          'This is the only account: the gateway needs one. Log it out on the phone.',
        )
      }
      const at = this.parts.clock.now()
      await endForAccount(trx, this.parts.reactions, id, { reason: 'cancelled', at })
      await setAccountRemoved(trx, id, at)
      await setWipeDue(trx, id, true)
      await noteAudit(trx, { action: 'account.removed', accountId: id, subject: `account ${id}` }, at)
      const data = { status: 'logged_out', reason: 'removed' }
      await appendEvent(trx, { name: 'account.updated', accountId: id, chatId: null, data }, at)
    })
    return { loggedOut: await this.wipe(account.id) }
  }

  /** Completes interrupted removals: deletes the keys and credentials of removed accounts. */
  async finishRemovals(): Promise<void> {
    for (const id of await findWipesDue(this.parts.store.read)) await this.wipe(id)
  }

  private async finishRemoval(id: AccountId): Promise<void> {
    if ((await findWipesDue(this.parts.store.read)).includes(id)) await this.wipe(id)
  }

  private wipe(id: AccountId): Promise<boolean> {
    const running = this.wiping.get(id)
    if (running) return running
    const wiped = this.announceLeft(id).finally(() => this.wiping.delete(id))
    this.wiping.set(id, wiped)
    return wiped
  }

  private async announceLeft(id: AccountId): Promise<boolean> {
    let loggedOut = true
    for (const follower of this.followers) loggedOut = (await follower.left(id)) !== false && loggedOut
    await this.parts.store.write((trx) => setWipeDue(trx, id, false))
    return loggedOut
  }

  /**
   * Returns the test account of an account, or of the keys of all accounts (null); the first test key creates it.
   * Joins a running write.
   * @throws AppError not_found for an unknown account
   */
  async ensureTest(of: AccountId | null): Promise<AccountId> {
    return this.parts.store.write(async (trx) => {
      const found = await findTestAccount(trx, of)
      if (found) return found.id
      if (of !== null && (await findAccount(trx, of))?.test !== false) {
        throw new AppError('not_found', 'No such account')
      }
      const made = await this.insert(trx, { name: 'Test', expectedPhone: null, test: true, testOf: of })
      const phone = String(firstTestPhone + (of ?? 0))
      await setAccountIdentity(trx, made.id, { phone, lid: null, at: this.parts.clock.now() })
      await setAccountStatus(trx, made.id, 'connected')
      afterCommit(trx, () => this.announceJoined(made))
      return made.id
    })
  }

  /** Notes that a test account is used: another process may have created it, unknown to the followers. */
  noticeTest(account: Account): void {
    if (!this.announced.has(account.id)) this.announceJoined(account)
  }

  private async insert(
    trx: Trx,
    account: { name: string; expectedPhone: string | null; test: boolean; testOf?: AccountId | null },
  ): Promise<Account> {
    const at = this.parts.clock.now()
    const network = account.test ? 'sandbox' : this.network
    const made = await insertAccount(trx, { ...account, network, at })
    for (const reaction of this.parts.reactions) await reaction.begin?.(trx, made, at)
    return made
  }

  private async restore(trx: Trx, account: Account, name: string): Promise<Account> {
    if ((await findWipesDue(trx)).includes(account.id)) {
      throw new AppError('conflict', 'This account is being removed. Repeat the request in a moment.')
    }
    await setAccountRemoved(trx, account.id, null)
    await renameAccount(trx, account.id, name)
    return (await findAccount(trx, account.id)) ?? account
  }

  private announceJoined(account: Account): void {
    this.announced.add(account.id)
    for (const follower of this.followers) follower.joined(account)
  }
}

function refuseBound(caller: Caller): void {
  if (caller.mode === 'test') throw new AppError('forbidden', 'Test keys can only use the test account')
  if (caller.allAccounts) return
  throw new AppError('forbidden', 'This key is for one account: use a key for all accounts')
}
