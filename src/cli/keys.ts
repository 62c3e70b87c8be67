import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { SetupError } from '../domain/errors.ts'
import { plans } from '../domain/plans.ts'
import type { Plan } from '../domain/plans.ts'
import { scopes } from '../domain/scopes.ts'
import type { Scope } from '../domain/scopes.ts'
import { Accounts } from '../services/accounts.ts'
import { ApiKeys } from '../services/api-keys.ts'
import type { KeyRequest } from '../services/api-keys.ts'
import { Store } from '../storage/store.ts'
import { systemClock } from '../util/clock.ts'
import type { CliContext, ExitCode } from './context.ts'
import { optionsOf } from './start.ts'

export interface KeyFlags {
  config?: string
  data?: string
  sandbox?: boolean
  json?: boolean
}

export interface CreateFlags extends KeyFlags {
  name: string
  scopes: string
  account?: string
  plan?: string
  perMinute?: string
  perDay?: string
  expires?: string
  test?: boolean
}

/** Makes a key, also while the gateway runs, and prints it alone on stdout. */
export async function keysCreate(flags: CreateFlags, context: CliContext): Promise<ExitCode> {
  const request = readRequest(flags)
  return withKeys(flags, context, async (keys) => {
    const { key, record } = await keys.createAsOwner(request)
    if (flags.json) context.stdout.write(`${JSON.stringify({ ...record, key }, null, 2)}\n`)
    else context.stdout.write(`${key}\n`)
    context.stderr.write(`Key ${record.id} (${record.name}). Keep it safe: it is not shown again.\n`)
  })
}

/** Prints every key without what is secret. */
export async function keysList(flags: KeyFlags, context: CliContext): Promise<ExitCode> {
  return withKeys(flags, context, async (keys) => {
    const all = await keys.listAsOwner()
    if (flags.json) {
      context.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
      return
    }
    for (const key of all) {
      const account = key.accountId === null ? 'all accounts' : `wha_${key.accountId}`
      const { perMinute, perDay } = key.limits
      const limits = [
        ...(perMinute === null ? [] : [`${perMinute}/min`]),
        ...(perDay === null ? [] : [`${perDay}/day`]),
      ]
      const state = key.revokedAt === null ? untilOf(key.expiresAt) : 'revoked'
      const used = key.lastUsedAt === null ? 'never used' : `used ${key.lastUsedAt.toISOString()}`
      const words = [key.id, `${key.prefix}…`, key.name, account, key.scopes.join(','), limits.join(' ')]
      context.stdout.write(`${[...words, state, used].join('  ')}\n`)
    }
  })
}

/** Makes a key useless, at once for a running gateway as well. */
export async function keysRevoke(id: string, flags: KeyFlags, context: CliContext): Promise<ExitCode> {
  if (!/^[1-9]\d{0,14}$/.test(id))
    throw new SetupError(`There is no key "${id}": zaguan keys list shows their numbers.`)
  return withKeys(flags, context, async (keys) => {
    const { name, prefix } = await keys.revoke(null, Number(id))
    context.stderr.write(`Revoked: ${prefix}… (${name}).\n`)
  })
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
    throw new SetupError(`There is no gateway in ${dir} yet: start it once, or set data.dir.`)
  }
  const store = await Store.open(dir)
  try {
    const accounts = new Accounts({ store, clock: systemClock })
    await act(new ApiKeys({ store, clock: systemClock, accounts }))
  } finally {
    await store.close()
  }
  return 0
}

function untilOf(expiresAt: Date | null): string {
  return expiresAt === null ? 'active' : `until ${expiresAt.toISOString()}`
}

function readRequest(flags: CreateFlags): KeyRequest {
  return {
    name: flags.name,
    mode: flags.test === true ? 'test' : 'live',
    scopes: readScopes(flags.scopes),
    accountId: readAccount(flags.account),
    plan: readPlan(flags.plan),
    perMinute: readCount('--per-minute', flags.perMinute),
    perDay: readCount('--per-day', flags.perDay),
    expiresAt: readTime(flags.expires),
  }
}

function readScopes(text: string): (Scope | 'full')[] {
  const known = [...scopes, 'full'] as const
  return text.split(',').map((word) => {
    const scope = known.find((name) => name === word.trim())
    if (scope === undefined) {
      throw new SetupError(`There is no scope "${word.trim()}". There are ${known.join(', ')}.`)
    }
    return scope
  })
}

function readAccount(text: string | undefined): number | null {
  if (text === undefined || text === 'all') return null
  const digits = /^(?:wha_)?([1-9]\d{0,14})$/.exec(text)?.[1]
  if (digits === undefined) throw new SetupError(`"${text}" is no account: expected wha_1, or all.`)
  return Number(digits)
}

function readPlan(text: string | undefined): Plan | undefined {
  if (text === undefined) return undefined
  const plan = plans.find((name) => name === text)
  if (plan === undefined) throw new SetupError(`There is no plan "${text}". There are ${plans.join(', ')}.`)
  return plan
}

function readCount(flag: string, text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return null
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new SetupError(`${flag} takes a whole number, or none.`)
  return Number(text)
}

function readTime(text: string | undefined): Date | null {
  if (text === undefined) return null
  const at = new Date(text)
  if (Number.isNaN(at.getTime()))
    throw new SetupError(`"${text}" is no time: expected 2027-01-31 or 2027-01-31T12:00:00Z.`)
  return at
}
