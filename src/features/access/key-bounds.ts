import type { ApiKeyRecord } from './api-key.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import type { ErrorDetail } from '../../core/errors.ts'
import { bootstrapLimits } from './plans.ts'
import { grants } from './scopes.ts'

/** Holds the rights of a key and their end. */
export type KeyPower = Pick<ApiKeyRecord, 'scopes' | 'limits' | 'expiresAt'>

/**
 * Refuses to give any key, including the caller's own, more scopes, higher limits or a later expiry than the caller has. No
 * limit and no expiry count as the highest. Rights that a key has already (`before`) may stay.
 * @throws AppError forbidden
 */
export function refuseMoreThan(caller: Caller, power: KeyPower, before?: KeyPower): void {
  const details = [
    ...scopesBeyond(caller, power, before),
    ...limitsBeyond(caller, power, before),
    ...endBeyond(caller, power, before),
  ]
  if (details.length === 0) return
  throw new AppError(
    'forbidden',
    'A key cannot grant more rights, higher limits or a later end than its own',
    {
      details,
    },
  )
}

function scopesBeyond(caller: Caller, { scopes }: KeyPower, before?: KeyPower): ErrorDetail[] {
  const beyond = scopes.filter(
    (scope) => !grants(caller.scopes, scope) && before?.scopes.includes(scope) !== true,
  )
  return beyond.map((scope) => ({
    field: 'body.scopes',
    message: `${scope} is not among the scopes of your key`,
  }))
}

function limitsBeyond(caller: Caller, { limits }: KeyPower, before?: KeyPower): ErrorDetail[] {
  return (['perMinute', 'perDay'] as const).flatMap((name) => {
    const own = amount(caller.limits[name])
    const asked = amount(limits[name])
    const had = before === undefined ? 0 : amount(before.limits[name])
    if (asked <= own || asked <= had) return []
    return [{ field: `body.${name}`, message: `expected at most ${own}, as your key has` }]
  })
}

/** Returns a limit as a number; the owner's initial limit counts as none. */
function amount(limit: number | null): number {
  return limit === null || limit >= (bootstrapLimits.perMinute ?? Infinity) ? Infinity : limit
}

function endBeyond(caller: Caller, { expiresAt }: KeyPower, before?: KeyPower): ErrorDetail[] {
  const own = caller.expiresAt?.getTime() ?? Infinity
  const asked = expiresAt?.getTime() ?? Infinity
  const had = before === undefined ? -Infinity : (before.expiresAt?.getTime() ?? Infinity)
  if (asked <= own || asked <= had) return []
  const message = `expected no later than ${new Date(own).toISOString()}, when your key ends`
  return [{ field: 'body.expiresAt', message }]
}
