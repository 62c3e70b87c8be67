import type { AccountId } from '../../core/ids.ts'
import { hashApiKey, isMasterKey, keyPrefix, looksIntact, makeApiKey, managesKeys } from './api-key.ts'
import type { ApiKeyRecord, KeyMode } from './api-key.ts'
import type { AuditDraft } from '../../core/audit.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import { refuseMoreThan } from './key-bounds.ts'
import { changedLimits, limitsOf } from './plans.ts'
import type { RequestedLimits } from './plans.ts'
import { fullScopes } from './scopes.ts'
import type { Scope } from './scopes.ts'
import { findAccount } from '../accounts/records.ts'
import {
  anyApiKey,
  findApiKey,
  findApiKeyByHash,
  firstAccountId,
  insertApiKey,
  listApiKeys,
  markShown,
  markUnshown,
  putConfiguredKey,
  revokeApiKey,
  revokeUnshownKey,
  updateApiKey,
} from './queries/api-keys.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { noteAudit } from '../events/audit.ts'
import { LocalKey } from './local-key.ts'
import type { KeyDependents } from './key-dependents.ts'

const maxRemembered = 1000

/** Describes a key to create. */
export interface KeyRequest extends RequestedLimits {
  name: string
  mode: KeyMode
  /** `full` means all but `admin`. */
  scopes: readonly (Scope | 'full')[]
  /** Null: all accounts. A test key acts on this account's test account; null: on that of keys of all accounts. */
  accountId: AccountId | null
  expiresAt?: Date | null | undefined
}

/** Describes a change: undefined fields stay; null removes a limit or the expiry. A key's account and mode never change. */
export interface KeyChange extends RequestedLimits {
  name?: string | undefined
  scopes?: readonly (Scope | 'full')[] | undefined
  expiresAt?: Date | null | undefined
}

/** Holds the dependencies of the keys. */
export interface ApiKeysParts {
  store: Store
  clock: Clock
  accounts: Pick<Accounts, 'ensureTest' | 'noticeTest'>
  /** Ends the work that depends on a key. */
  dependents: KeyDependents
  /** The command line has none. */
  log?: Logger
}

/** Manages API keys and authenticates callers. Only hashes are stored. */
export class ApiKeys {
  private readonly parts: ApiKeysParts
  /** Callers by the key itself: each request asks, and hashing takes longer than the look-up. */
  private readonly seen = new Map<string, { caller: Caller; expiresAt: Date | null }>()
  /** Write count of the other processes at that time: the command line may have revoked a key since. */
  private seenOf: unknown
  private timesForgotten = 0
  private readonly listeners: (() => void)[] = []
  /** The key of commands on this machine, which ask for the gateway's state. */
  readonly local = new LocalKey()

  constructor(parts: ApiKeysParts) {
    this.parts = parts
  }

  /** Returns the cached caller of a key; undefined if the database has to be asked. */
  known(token: string): Caller | undefined {
    this.clearIfOthersWrote()
    const seen = this.seen.get(token)
    return seen && (seen.expiresAt === null || seen.expiresAt > this.parts.clock.now())
      ? seen.caller
      : undefined
  }

  /** Finds the caller of a key; undefined for an unknown, expired or revoked one. */
  async authenticate(token: string): Promise<Caller | undefined> {
    const known = this.known(token)
    if (known) return known
    if (this.local.claims(token)) return this.local.callerOf(token, this.parts.store)
    const now = this.parts.clock.now()
    const { timesForgotten } = this
    const key = looksIntact(token)
      ? await findApiKeyByHash(this.parts.store.read, hashApiKey(token))
      : undefined
    if (!key || key.revokedAt !== null) return undefined
    if (key.expiresAt !== null && key.expiresAt <= now) return undefined
    const caller = await this.callerOf(key)
    if (!caller) return undefined
    // A read during a change may be outdated.
    if (timesForgotten !== this.timesForgotten) return caller
    if (this.seen.size >= maxRemembered) this.seen.clear()
    this.seen.set(token, { caller, expiresAt: key.expiresAt })
    return caller
  }

  /** Clears the cache: a key was revoked, or an account came or went. */
  forget(): void {
    this.timesForgotten++
    this.seen.clear()
    for (const listener of this.listeners) listener()
  }

  /** Calls `listener` whenever keys may have lost rights. */
  onChange(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** Clears the cache if another process, such as the command line, has written: it may have revoked a key. */
  clearIfOthersWrote(): void {
    const version = this.parts.store.versionOfOthers()
    if (version === this.seenOf) return
    const isFirst = this.seenOf === undefined
    this.seenOf = version
    if (!isFirst) this.forget()
  }

  /**
   * Lists the keys that the caller may see: all, or those of its account; test keys see those of their test account.
   */
  async list(caller: Caller): Promise<ApiKeyRecord[]> {
    return (await listApiKeys(this.parts.store.read)).filter((key) => reaches(caller, key))
  }

  /**
   * Creates a key. The key itself is returned only this once.
   * @throws AppError forbidden if the account is out of reach, or the key would have more rights than the caller
   */
  async create(caller: Caller, request: KeyRequest): Promise<{ key: string; record: ApiKeyRecord }> {
    if (caller.mode === 'test' && request.mode === 'live') {
      throw new AppError('forbidden', 'A test key can only make test keys')
    }
    const accountId = reachedAccount(caller, request)
    const { expiresAt = null } = request
    const asked = { scopes: namedScopes(request.scopes), limits: limitsOf(request), expiresAt }
    refuseMoreThan(caller, asked)
    return this.parts.store.write((trx) => this.insert(trx, { ...request, accountId }, caller))
  }

  /** Creates a key for the owner of the data folder. @throws AppError not_found for an unknown account */
  createAsOwner(request: KeyRequest): Promise<{ key: string; record: ApiKeyRecord }> {
    return this.parts.store.write((trx) => this.insert(trx, request))
  }

  /**
   * Changes the given fields of a key, from the next request on. A null caller is the owner of the data folder.
   * @throws AppError not_found; invalid_request for an expiry in the past; conflict for a revoked or configured key, and if no
   * key could manage keys afterwards
   */
  async change(caller: Caller | null, id: number, change: KeyChange): Promise<ApiKeyRecord> {
    return this.parts.store.writeUrgently(async (trx) => {
      const key = await reachedKey(trx, caller, id)
      refuseUnchangeable(key)
      if (change.expiresAt) refusePast(change.expiresAt, this.parts.clock.now())
      const { name = key.name, expiresAt = key.expiresAt } = change
      const scopes = change.scopes === undefined ? key.scopes : namedScopes(change.scopes)
      const changed = { ...key, name, scopes, expiresAt, limits: changedLimits(key.limits, change) }
      if (caller !== null) refuseMoreThan(caller, changed, key)
      if (caller?.keyId === id && !managesKeys(changed)) {
        throw new AppError(
          'conflict',
          'This request uses the same key, which could then no longer manage keys. Use another key.',
        )
      }
      if (caller !== null) await refuseLockout(trx, key, changed)
      await updateApiKey(trx, id, changed)
      await noteAudit(trx, { ...aboutKey(changed), action: 'key.changed' }, this.parts.clock.now())
      this.announce(trx, caller, id, 'an API key was changed')
      return changed
    })
  }

  /**
   * Revokes a key. A null caller is the owner of the data folder.
   * @throws AppError not_found; conflict if no key could manage keys afterwards
   */
  async revoke(caller: Caller | null, id: number): Promise<ApiKeyRecord> {
    return this.parts.store.writeUrgently(async (trx) => {
      const key = await reachedKey(trx, caller, id)
      const revokedAt = key.revokedAt ?? this.parts.clock.now()
      if (caller !== null) await refuseLockout(trx, key, { ...key, revokedAt })
      await revokeApiKey(trx, id, revokedAt)
      await this.parts.dependents.stop(trx, id, { reason: 'key_revoked', at: this.parts.clock.now() })
      await noteAudit(trx, { ...aboutKey(key), action: 'key.revoked' }, this.parts.clock.now())
      this.announce(trx, caller, id, 'an API key was revoked')
      return { ...key, revokedAt }
    })
  }

  /** Stops what works with the rights of expired keys; call it regularly. */
  async stopEnded(): Promise<void> {
    const { store, clock, dependents } = this.parts
    const at = clock.now()
    const expired = await dependents.listExpired(store.read, at)
    if (expired.length === 0) return
    await store.write(async (trx) => {
      for (const id of expired) await dependents.stop(trx, id, { reason: 'key_expired', at })
      afterCommit(trx, () => this.forget())
    })
  }

  /** Lists every key, for the owner of the data folder. */
  listAsOwner(): Promise<ApiKeyRecord[]> {
    return listApiKeys(this.parts.store.read)
  }

  /**
   * Ensures that a key exists: the configured one gets full rights; without it or any other key, one is
   * created. Returns a key only if created here; show it once and call {@link firstKeyShown}, or the next start
   * replaces it. A newly configured key revokes the one configured before; if none is configured now, that one stays
   * valid.
   */
  async bootstrap(configured: string | null): Promise<string | null> {
    return this.parts.store.write(async (trx) => {
      const isLost = configured === null && (await revokeUnshownKey(trx, this.parts.clock.now()))
      if (configured === null && !isLost && (await anyApiKey(trx))) return null
      const key = configured ?? makeApiKey('live')
      const row = { accountId: null, name: 'bootstrap', mode: 'live', scopes: ['admin'] } as const
      const hash = hashApiKey(key)
      await insertApiKey(trx, { ...row, prefix: keyPrefix(key), hash }, this.parts.clock.now())
      if (configured === null) await markUnshown(trx, hash)
      else await putConfiguredKey(trx, hash, this.parts.clock.now())
      afterCommit(trx, () => this.forget())
      return configured === null ? key : null
    })
  }

  /** Records that the key from {@link bootstrap} was shown: no later start creates another. */
  firstKeyShown(): Promise<void> {
    return this.parts.store.write((trx) => markShown(trx))
  }

  private announce(trx: Trx, caller: Caller | null, key: number, what: string): void {
    afterCommit(trx, () => {
      this.forget()
      this.parts.log?.info({ key, by: caller?.keyId }, what)
    })
  }

  private async insert(
    trx: Trx,
    request: KeyRequest,
    caller: Caller | null = null,
  ): Promise<{ key: string; record: ApiKeyRecord }> {
    const { name, mode, expiresAt = null } = request
    const isOnTest = caller?.mode === 'test'
    const accountId =
      mode === 'test' && !isOnTest
        ? await this.parts.accounts.ensureTest(request.accountId)
        : request.accountId
    if (accountId !== null && !(await findAccount(trx, accountId))) {
      throw new AppError('not_found', 'No such account')
    }
    const at = this.parts.clock.now()
    if (expiresAt !== null) refusePast(expiresAt, at)
    const key = makeApiKey(mode)
    const scopes = namedScopes(request.scopes)
    const secret = { prefix: keyPrefix(key), hash: hashApiKey(key) }
    const limits = limitsOf(request)
    const id = await insertApiKey(trx, { name, mode, accountId, scopes, limits, expiresAt, ...secret }, at)
    const record = id === undefined ? undefined : await findApiKey(trx, id)
    if (!record) throw new Error('a new key was in use already')
    await noteAudit(trx, { ...aboutKey(record), action: 'key.created' }, at)
    afterCommit(trx, () => this.parts.log?.info({ key: id, by: caller?.keyId }, 'an API key was created'))
    return { key, record }
  }

  private async callerOf(key: ApiKeyRecord): Promise<Caller | undefined> {
    const accountId = key.accountId ?? (await firstAccountId(this.parts.store.read))
    // The keys of a removed account, and of its test account, open nothing.
    const account = accountId === undefined ? undefined : await findAccount(this.parts.store.read, accountId)
    if (accountId === undefined || !account) return undefined
    const { testOf = null } = account
    if (testOf !== null && !(await findAccount(this.parts.store.read, testOf))) return undefined
    if (account.test) this.parts.accounts.noticeTest(account)
    return {
      keyId: key.id,
      keyPrefix: key.prefix,
      accountId,
      allAccounts: key.accountId === null,
      scopes: key.scopes,
      mode: key.mode,
      limits: key.limits,
      expiresAt: key.expiresAt,
    }
  }
}

/** Describes a key for the audit log, without its secret. */
function aboutKey(key: ApiKeyRecord): Omit<AuditDraft, 'action'> {
  const { id, name, prefix, mode, scopes, limits, expiresAt } = key
  const detail = { name, prefix, mode, scopes, limits, expiresAt }
  return { accountId: key.testOf ?? key.accountId, subject: `key ${id}`, detail }
}

function reaches(caller: Caller, key: ApiKeyRecord): boolean {
  if (caller.allAccounts || key.accountId === caller.accountId) return true
  return caller.mode === 'live' && key.mode === 'test' && key.testOf === caller.accountId
}

/** Returns the account of a new key, among those the caller reaches. @throws AppError forbidden */
function reachedAccount(caller: Caller, { accountId, mode }: KeyRequest): AccountId | null {
  if (caller.allAccounts || accountId === caller.accountId) return accountId
  // A test key always acts on a test account: by default the caller's own.
  if (accountId === null && mode === 'test') return caller.accountId
  throw new AppError('forbidden', 'A key of one account can only make keys of that account', {
    details: [{ field: 'body.accountId', message: `expected ${caller.accountId}` }],
  })
}

/** @throws AppError not_found for an unknown key, or one the caller may not see */
async function reachedKey(trx: Trx, caller: Caller | null, id: number): Promise<ApiKeyRecord> {
  const key = await findApiKey(trx, id)
  if (!key || (caller !== null && !reaches(caller, key))) throw new AppError('not_found', 'No such key')
  return key
}

function namedScopes(asked: readonly (Scope | 'full')[]): Scope[] {
  return [...new Set(asked.flatMap((scope) => (scope === 'full' ? fullScopes : [scope])))]
}

function refusePast(expiresAt: Date, now: Date): void {
  if (expiresAt > now) return
  throw new AppError('invalid_request', 'The key would already be expired: choose a later time', {
    details: [{ field: 'body.expiresAt', message: 'expected a time in the future' }],
  })
}

function refuseUnchangeable({ revokedAt, configured }: ApiKeyRecord): void {
  if (revokedAt !== null) throw new AppError('conflict', 'This key is revoked: make a new one.')
  if (configured) {
    throw new AppError(
      'conflict',
      'This key comes from the configuration (auth.bootstrapKey): change it there, or make another key.',
    )
  }
}

/** @throws AppError conflict if no permanent key that manages all others would remain */
async function refuseLockout(trx: Trx, before: ApiKeyRecord, after: ApiKeyRecord): Promise<void> {
  if (!isMasterKey(before) || isMasterKey(after)) return
  if ((await listApiKeys(trx)).some((key) => key.id !== before.id && isMasterKey(key))) return
  throw new AppError(
    'conflict',
    'This is the last admin key for all accounts that does not expire. Make another one first.',
  )
}
