import type { AccountId, KeyId } from '../../core/ids.ts'
import { hashApiKey, isMasterKey, keyPrefix, looksIntact, makeApiKey, managesKeys } from './api-key.ts'
import type { ApiKeyRecord } from './api-key.ts'
import type { KeyMode } from './api-key.ts'
import type { AuditDraft } from '../../core/audit.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import { refuseMoreThan } from './key-bounds.ts'
import { changedLimits, limitsOf } from './plans.ts'
import type { AskedLimits } from './plans.ts'
import { fullScopes } from './scopes.ts'
import type { Scope } from './scopes.ts'
import { findAccount } from '../accounts/queries/accounts.ts'
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
import { switchEndpoint } from '../webhooks/queries/endpoint-ranges.ts'
import { activeEndpointsOfKey, endedKeysOfEndpoints } from '../webhooks/queries/endpoints.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { noteAudit } from '../events/audit.ts'
import { LocalKey } from './local-key.ts'

const maxRemembered = 1000

export interface KeyRequest extends AskedLimits {
  name: string
  mode: KeyMode
  /** `full` stands for all but `admin`. */
  scopes: readonly (Scope | 'full')[]
  /** Null: all accounts. A test key acts on the test account of this one; null: on that of the keys of all accounts. */
  accountId: AccountId | null
  expiresAt?: Date | null | undefined
}

/** What is left out stays; null takes a limit or the end away. Neither the account nor the kind of a key ever changes. */
export interface KeyChange extends AskedLimits {
  name?: string | undefined
  scopes?: readonly (Scope | 'full')[] | undefined
  expiresAt?: Date | null | undefined
}

/** Who may call the APIs. Only hashes are kept. */
export class ApiKeys {
  private readonly store: Store
  private readonly clock: Clock
  private readonly accounts: Pick<Accounts, 'ensureTest' | 'noticeTest'>
  private readonly log: Logger | undefined
  /** By the key itself: it is asked for with every request, and hashing it takes longer than looking it up. */
  private readonly seen = new Map<string, { caller: Caller; expiresAt: Date | null }>()
  /** Of what other processes wrote when the keys were asked for: the command line may have revoked one since. */
  private seenOf: unknown
  private timesForgotten = 0
  private readonly listeners: (() => void)[] = []
  /** Of commands on this machine, which ask with it how the gateway is. */
  readonly local = new LocalKey()

  /** The command line has no log. */
  constructor(parts: {
    store: Store
    clock: Clock
    accounts: Pick<Accounts, 'ensureTest' | 'noticeTest'>
    log?: Logger
  }) {
    this.store = parts.store
    this.clock = parts.clock
    this.accounts = parts.accounts
    this.log = parts.log
  }

  /** The caller behind a key that was asked for before; undefined where the database has to be asked. */
  known(token: string): Caller | undefined {
    this.noticeOthers()
    const seen = this.seen.get(token)
    return seen && (seen.expiresAt === null || seen.expiresAt > this.clock.now()) ? seen.caller : undefined
  }

  /** The caller behind a key; undefined for an unknown, expired or revoked one. */
  async authenticate(token: string): Promise<Caller | undefined> {
    const known = this.known(token)
    if (known) return known
    if (this.local.claims(token)) return this.local.callerOf(token, this.store)
    const now = this.clock.now()
    const { timesForgotten } = this
    const key = looksIntact(token) ? await findApiKeyByHash(this.store.read, hashApiKey(token)) : undefined
    if (!key || key.revokedAt !== null) return undefined
    if (key.expiresAt !== null && key.expiresAt <= now) return undefined
    const caller = await this.callerOf(key)
    if (!caller) return undefined
    // What was read while a key changed may be what it was before.
    if (timesForgotten !== this.timesForgotten) return caller
    if (this.seen.size >= maxRemembered) this.seen.clear()
    this.seen.set(token, { caller, expiresAt: key.expiresAt })
    return caller
  }

  /** Asks the database again for every key: one was revoked, or an account came or went. */
  forget(): void {
    this.timesForgotten++
    this.seen.clear()
    for (const listener of this.listeners) listener()
  }

  /** Calls `listener` whenever what a key may do can have become less. */
  onChange(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** Sees whether another process, such as the command line, wrote since the last time: it may have revoked a key. */
  noticeOthers(): void {
    const version = this.store.versionOfOthers()
    if (version === this.seenOf) return
    const isFirst = this.seenOf === undefined
    this.seenOf = version
    if (!isFirst) this.forget()
  }

  /** The keys that the caller may see: all, or those of its own account; test keys see those of their test account. */
  async list(caller: Caller): Promise<ApiKeyRecord[]> {
    return (await listApiKeys(this.store.read)).filter((key) => reaches(caller, key))
  }

  /**
   * Makes a key. Returned beside its record, it is shown this once.
   * @throws AppError forbidden where the account is out of reach, or it were to have more than the caller
   */
  async create(caller: Caller, request: KeyRequest): Promise<{ key: string; record: ApiKeyRecord }> {
    if (caller.mode === 'test' && request.mode === 'live') {
      throw new AppError('forbidden', 'A test key makes test keys only')
    }
    const accountId = reachedAccount(caller, request)
    const { expiresAt = null } = request
    const asked = { scopes: namedScopes(request.scopes), limits: limitsOf(request), expiresAt }
    refuseMoreThan(caller, asked)
    return this.store.write((trx) => this.insert(trx, { ...request, accountId }, caller))
  }

  /** Makes a key for whoever holds the data folder. @throws AppError not_found for an unknown account */
  createAsOwner(request: KeyRequest): Promise<{ key: string; record: ApiKeyRecord }> {
    return this.store.write((trx) => this.insert(trx, request))
  }

  /**
   * Changes what is given of a key, from the next request on. Nobody (null) is whoever holds the data folder.
   * @throws AppError not_found; invalid_request for an end that is over; conflict for a key that was revoked or is configured, and
   * where nobody could manage the keys afterwards
   */
  async change(caller: Caller | null, id: number, change: KeyChange): Promise<ApiKeyRecord> {
    return this.store.writeUrgently(async (trx) => {
      const key = await reachedKey(trx, caller, id)
      refuseUnchangeable(key)
      if (change.expiresAt) refusePast(change.expiresAt, this.clock.now())
      const { name = key.name, expiresAt = key.expiresAt } = change
      const scopes = change.scopes === undefined ? key.scopes : namedScopes(change.scopes)
      const changed = { ...key, name, scopes, expiresAt, limits: changedLimits(key.limits, change) }
      if (caller !== null) refuseMoreThan(caller, changed, key)
      if (caller?.keyId === id && !managesKeys(changed)) {
        throw new AppError(
          'conflict',
          'You ask with this very key, and afterwards it could manage no keys: change it with another one.',
        )
      }
      if (caller !== null) await refuseLockout(trx, key, changed)
      await updateApiKey(trx, id, changed)
      await noteAudit(trx, { ...aboutKey(changed), action: 'key.changed' }, this.clock.now())
      this.announce(caller, id, 'an API key was changed')
      return changed
    })
  }

  /**
   * From now on the key opens nothing. Nobody (null) is whoever holds the data folder.
   * @throws AppError not_found; conflict where nobody could manage the keys afterwards
   */
  async revoke(caller: Caller | null, id: number): Promise<ApiKeyRecord> {
    return this.store.writeUrgently(async (trx) => {
      const key = await reachedKey(trx, caller, id)
      const revokedAt = key.revokedAt ?? this.clock.now()
      if (caller !== null) await refuseLockout(trx, key, { ...key, revokedAt })
      await revokeApiKey(trx, id, revokedAt)
      await stopEndpoints(trx, id, 'key_revoked', this.clock.now())
      await noteAudit(trx, { ...aboutKey(key), action: 'key.revoked' }, this.clock.now())
      this.announce(caller, id, 'an API key was revoked')
      return { ...key, revokedAt }
    })
  }

  /** Switches off the webhooks of keys that have ended. To be done from time to time. */
  async stopEnded(): Promise<void> {
    const now = this.clock.now()
    const ended = await endedKeysOfEndpoints(this.store.read, now)
    if (ended.length === 0) return
    await this.store.write(async (trx) => {
      for (const id of ended) await stopEndpoints(trx, id, 'key_expired', now)
      this.store.afterCommit(() => this.forget())
    })
  }

  /** Every key, for whoever holds the data folder. */
  listAsOwner(): Promise<ApiKeyRecord[]> {
    return listApiKeys(this.store.read)
  }

  /**
   * Makes sure that somebody can get in: the configured key has full rights, and where there is neither that nor any other,
   * one is made. Returns the key only when it was made here, to be shown once and reported with {@link firstKeyShown}: one
   * of which that was never said gives its place to another. Where another key was configured before, that one opens nothing
   * any more; where none is configured now, it goes on.
   */
  async bootstrap(configured: string | null): Promise<string | null> {
    return this.store.write(async (trx) => {
      const isLost = configured === null && (await revokeUnshownKey(trx, this.clock.now()))
      if (configured === null && !isLost && (await anyApiKey(trx))) return null
      const key = configured ?? makeApiKey('live')
      const row = { accountId: null, name: 'bootstrap', mode: 'live', scopes: ['admin'] } as const
      const hash = hashApiKey(key)
      await insertApiKey(trx, { ...row, prefix: keyPrefix(key), hash }, this.clock.now())
      if (configured === null) await markUnshown(trx, hash)
      else await putConfiguredKey(trx, hash, this.clock.now())
      this.store.afterCommit(() => this.forget())
      return configured === null ? key : null
    })
  }

  /** The key that {@link bootstrap} made is with its owner now: no later start makes another one. */
  firstKeyShown(): Promise<void> {
    return this.store.write((trx) => markShown(trx))
  }

  private announce(caller: Caller | null, key: number, what: string): void {
    this.store.afterCommit(() => {
      this.forget()
      this.log?.info({ key, by: caller?.keyId }, what)
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
      mode === 'test' && !isOnTest ? await this.accounts.ensureTest(request.accountId) : request.accountId
    if (accountId !== null && !(await findAccount(trx, accountId))) {
      throw new AppError('not_found', 'No such account')
    }
    const at = this.clock.now()
    if (expiresAt !== null) refusePast(expiresAt, at)
    const key = makeApiKey(mode)
    const scopes = namedScopes(request.scopes)
    const secret = { prefix: keyPrefix(key), hash: hashApiKey(key) }
    const limits = limitsOf(request)
    const id = await insertApiKey(trx, { name, mode, accountId, scopes, limits, expiresAt, ...secret }, at)
    const record = id === undefined ? undefined : await findApiKey(trx, id)
    if (!record) throw new Error('a new key was in use already')
    await noteAudit(trx, { ...aboutKey(record), action: 'key.created' }, at)
    this.store.afterCommit(() => this.log?.info({ key: id, by: caller?.keyId }, 'an API key was made'))
    return { key, record }
  }

  private async callerOf(key: ApiKeyRecord): Promise<Caller | undefined> {
    const accountId = key.accountId ?? (await firstAccountId(this.store.read))
    // The keys of an account that was removed open nothing, and neither do those of its test account.
    const account = accountId === undefined ? undefined : await findAccount(this.store.read, accountId)
    if (accountId === undefined || !account) return undefined
    const { testOf = null } = account
    if (testOf !== null && !(await findAccount(this.store.read, testOf))) return undefined
    if (account.test) this.accounts.noticeTest(account)
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

/** The webhooks with the rights of a key hear nothing more; each says so with an event. */
async function stopEndpoints(
  trx: Trx,
  keyId: KeyId,
  reason: 'key_revoked' | 'key_expired',
  at: Date,
): Promise<void> {
  for (const endpoint of await activeEndpointsOfKey(trx, keyId)) {
    const { id, accountId } = endpoint
    await switchEndpoint(trx, endpoint, { isActive: false, reason })
    const data = { webhookId: id, reason }
    await appendEvent(trx, { name: 'webhook.disabled', accountId, chatId: null, data }, at)
  }
}

/** A key for the audit log, without what is secret. */
function aboutKey(key: ApiKeyRecord): Omit<AuditDraft, 'action'> {
  const { id, name, prefix, mode, scopes, limits, expiresAt } = key
  const detail = { name, prefix, mode, scopes, limits, expiresAt }
  return { accountId: key.testOf ?? key.accountId, subject: `key ${id}`, detail }
}

function reaches(caller: Caller, key: ApiKeyRecord): boolean {
  if (caller.allAccounts || key.accountId === caller.accountId) return true
  return caller.mode === 'live' && key.mode === 'test' && key.testOf === caller.accountId
}

/** The account that a new key gets, of those that the caller reaches. @throws AppError forbidden */
function reachedAccount(caller: Caller, { accountId, mode }: KeyRequest): AccountId | null {
  if (caller.allAccounts || accountId === caller.accountId) return accountId
  // A test key always acts on the test account of somebody: left out, it is the caller's own.
  if (accountId === null && mode === 'test') return caller.accountId
  throw new AppError('forbidden', 'A key of one account makes keys of this account only', {
    details: [{ field: 'body.accountId', message: `expected ${caller.accountId}` }],
  })
}

/** @throws AppError not_found for a key that is not there, or not for the caller */
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
  throw new AppError('invalid_request', 'The key would have expired already', {
    details: [{ field: 'body.expiresAt', message: 'expected a time in the future' }],
  })
}

function refuseUnchangeable({ revokedAt, configured }: ApiKeyRecord): void {
  if (revokedAt !== null)
    throw new AppError('conflict', 'This key was revoked and opens nothing any more: make a new one.')
  if (configured) {
    throw new AppError(
      'conflict',
      'This key comes from the configuration (auth.bootstrapKey): put another one there, or make a key of its own for this.',
    )
  }
}

/** @throws AppError conflict where no key that manages all others for ever would be left */
async function refuseLockout(trx: Trx, before: ApiKeyRecord, after: ApiKeyRecord): Promise<void> {
  if (!isMasterKey(before) || isMasterKey(after)) return
  if ((await listApiKeys(trx)).some((key) => key.id !== before.id && isMasterKey(key))) return
  throw new AppError(
    'conflict',
    'This is the last key with the scope admin for all accounts and without an end: make another one of this kind first.',
  )
}
