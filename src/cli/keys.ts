import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import type { ApiKeyRecord } from '../features/access/api-key.ts'
import { AppError, SetupError } from '../core/errors.ts'
import { Accounts } from '../features/accounts/accounts.ts'
import { endpointsOfKeys } from '../features/webhooks/key-endpoints.ts'
import { accountReactions } from '../daemon/account-reactions.ts'
import { actAs } from '../core/acting.ts'
import { ApiKeys } from '../features/access/api-keys.ts'
import { Store } from '../db/store.ts'
import { systemClock } from '../util/clock.ts'
import { oneLine } from '../util/text.ts'
import type { CliContext, ExitCode } from './context.ts'
import { readKeyChange, readKeyRequest } from './key-flags.ts'
import type { RequestFlags, RightFlags } from './key-flags.ts'
import { optionsOf } from './start.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of all `keys` commands. */
export interface KeyFlags {
  config?: string
  data?: string
  sandbox?: boolean
  json?: boolean
}

/** Flags of `keys create`. */
export type CreateFlags = KeyFlags & RequestFlags
/** Flags of `keys change`. */
export type ChangeFlags = KeyFlags & RightFlags

/** Creates a key, also while the gateway runs, and prints only the key on stdout. */
export async function keysCreate(flags: CreateFlags, context: CliContext): Promise<ExitCode> {
  const request = readKeyRequest(flags)
  return withKeys(flags, context, async (keys) => {
    const { key, record } = await keys.createAsOwner(request)
    if (flags.json) printJson(context.stdout, { ...record, key })
    else print(context.stdout, `${key}\n`)
    print(context.stderr, `Key ${record.id} (${nameOf(record)}). Keep it safe: it is not shown again.\n`)
  })
}

/** Prints every key without its secret. */
export async function keysList(flags: KeyFlags, context: CliContext): Promise<ExitCode> {
  return withKeys(flags, context, async (keys) => {
    const all = await keys.listAsOwner()
    if (flags.json) printJson(context.stdout, all)
    else for (const key of all) print(context.stdout, `${renderKey(key)}\n`)
  })
}

/**
 * Changes the given rights of a key and prints it without its secret. A running gateway applies the change from the
 * next request on.
 */
export async function keysChange(id: string, flags: ChangeFlags, context: CliContext): Promise<ExitCode> {
  const number = readId(id)
  const change = readKeyChange(flags)
  return withKeys(flags, context, async (keys) => {
    const key = await keys.change(null, number, change)
    if (flags.json) printJson(context.stdout, key)
    else print(context.stdout, `${renderKey(key)}\n`)
  })
}

/** Revokes a key, in a running gateway at once. */
export async function keysRevoke(id: string, flags: KeyFlags, context: CliContext): Promise<ExitCode> {
  const number = readId(id)
  return withKeys(flags, context, async (keys) => {
    const revoked = await keys.revoke(null, number)
    print(context.stderr, `Revoked: ${revoked.prefix}… (${nameOf(revoked)}).\n`)
  })
}

function readId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new SetupError(`No key "${text}": zaguan keys list shows the numbers.`)
}

async function withKeys(
  flags: KeyFlags,
  { env, cwd }: CliContext,
  act: (keys: ApiKeys) => Promise<void>,
): Promise<ExitCode> {
  const { config } = loadConfig({ path: flags.config, env, cwd, options: optionsOf(flags) })
  const root = resolve(cwd, config.data.dir)
  const dir = config.whatsapp.network === 'sandbox' ? join(root, 'sandbox') : root
  if (!existsSync(join(dir, 'zaguan.db'))) {
    throw new SetupError(`${dir} holds no gateway yet: start one first, or set data.dir.`)
  }
  const store = await Store.open(dir)
  try {
    const accounts = new Accounts({ store, clock: systemClock, reactions: accountReactions })
    const keys = new ApiKeys({ store, clock: systemClock, accounts, dependents: endpointsOfKeys })
    await actAs({ kind: 'cli' }, () => act(keys))
  } catch (error) {
    throw error instanceof AppError ? new SetupError(`${error.message}.`.replace(/\.\.$/, '.')) : error
  } finally {
    await store.close()
  }
  return 0
}

function renderKey(key: ApiKeyRecord): string {
  const account = key.accountId === null ? 'all accounts' : `wha_${key.accountId}`
  const { perMinute, perDay } = key.limits
  const limits = [
    ...(perMinute === null ? [] : [`${perMinute}/min`]),
    ...(perDay === null ? [] : [`${perDay}/day`]),
  ]
  const state = key.revokedAt === null ? untilOf(key.expiresAt) : 'revoked'
  const used = key.lastUsedAt === null ? 'never used' : `used ${key.lastUsedAt.toISOString()}`
  const words = [key.id, `${key.prefix}…`, nameOf(key), account, key.scopes.join(','), limits.join(' ')]
  return [...words, state, used].join('  ')
}

const nameOf = ({ name }: Pick<ApiKeyRecord, 'name'>) => oneLine(name, 200)

function untilOf(expiresAt: Date | null): string {
  return expiresAt === null ? 'active' : `until ${expiresAt.toISOString()}`
}
