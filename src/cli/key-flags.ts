import type { z } from 'zod'
import { SetupError } from '../core/errors.ts'
import { readIsoTime } from '../core/time/iso-time.ts'
import { plans } from '../features/access/plans.ts'
import type { Plan } from '../features/access/plans.ts'
import { scopes } from '../features/access/scopes.ts'
import type { Scope } from '../features/access/scopes.ts'
import type { KeyChange, KeyRequest } from '../features/access/api-keys.ts'
import { KeyBody, KeyPatchBody } from '../apis/botssy/keys/schema.ts'

/** Holds the rights of a key as flags. */
export interface RightFlags {
  name?: string
  scopes?: string
  plan?: string
  perMinute?: string
  perDay?: string
  expires?: string
}

/** Flags that describe a new key. */
export interface RequestFlags extends RightFlags {
  account?: string
  test?: boolean
}

/** Reads a new key from the flags. @throws SetupError if the API would refuse it */
export function readKeyRequest(flags: RequestFlags): KeyRequest {
  const mode = flags.test === true ? 'test' : 'live'
  const body = allowed(KeyBody, { ...rightsOf(flags), mode, accountId: readAccount(flags.account) })
  return { ...body, accountId: body.accountId ?? null }
}

/** Reads a change from the flags. @throws SetupError if they change nothing, or the API would refuse it */
export function readKeyChange(flags: RightFlags): KeyChange {
  const rights = rightsOf(flags)
  if (Object.values(rights).every((value) => value === undefined))
    throw new SetupError('Nothing to change: zaguan keys change --help lists the options.')
  return allowed(KeyPatchBody, rights)
}

/** Returns the rights in the API's words; its schema checks them. */
function rightsOf(flags: RightFlags) {
  return {
    name: flags.name,
    scopes: readScopes(flags.scopes),
    plan: readPlan(flags.plan),
    perMinute: readCount('--per-minute', flags.perMinute),
    perDay: readCount('--per-day', flags.perDay),
    expiresAt: readTime(flags.expires),
  }
}

const flagNames: Record<string, string> = {
  name: '--name',
  scopes: '--scopes',
  perMinute: '--per-minute',
  perDay: '--per-day',
  expiresAt: '--expires',
}

function allowed<S extends z.ZodType>(schema: S, body: object): z.output<S> {
  const outcome = schema.safeParse(body)
  if (outcome.success) return outcome.data
  const [issue] = outcome.error.issues
  const field = String(issue?.path[0])
  throw new SetupError(`${flagNames[field] ?? field}: ${issue?.message ?? 'not valid'}`)
}

function readScopes(text: string | undefined): (Scope | 'full')[] | undefined {
  const known = [...scopes, 'full'] as const
  return text?.split(',').map((word) => {
    const scope = known.find((name) => name === word.trim())
    if (scope === undefined) {
      throw new SetupError(`Unknown scope "${word.trim()}". Scopes: ${known.join(', ')}.`)
    }
    return scope
  })
}

function readAccount(text: string | undefined): number | null {
  if (text === undefined || text === 'all') return null
  const digits = /^(?:wha_)?([1-9]\d{0,14})$/.exec(text)?.[1]
  if (digits === undefined) throw new SetupError(`"${text}" is not an account: expected wha_1, or all.`)
  return Number(digits)
}

function readPlan(text: string | undefined): Plan | undefined {
  if (text === undefined) return undefined
  const plan = plans.find((name) => name === text)
  if (plan === undefined) throw new SetupError(`Unknown plan "${text}". Plans: ${plans.join(', ')}.`)
  return plan
}

function readCount(flag: string, text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return null
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new SetupError(`${flag} takes a whole number, or none.`)
  return Number(text)
}

function readTime(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined
  if (text === 'never') return null
  const written = readIsoTime(text)
  if (written?.kind === 'moment') return written.at.toISOString()
  if (written?.kind === 'day') return `${written.date}T00:00:00.000Z`
  throw new SetupError(`"${text}" is not a time: expected 2027-01-31, 2027-01-31T12:00:00Z or never.`)
}
