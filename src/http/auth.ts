import type { Caller } from '../core/caller.ts'
import { AppError } from '../core/errors.ts'
import { grants } from '../features/access/scopes.ts'
import type { RouteSpec } from './route.ts'
import type { RuledSpec } from './tag-rules.ts'
import type { UrlSigner } from '../util/signed-url.ts'
import type { ApiKeys } from '../features/access/api-keys.ts'

// Longer than any valid key, so not worth hashing.
const maxKeyLength = 512

const howToGetOne =
  'The owner of the gateway makes one with: zaguan keys create --name <what for> --scopes full'

/** Holds the credentials in a request. */
export interface Credentials {
  authorization: string
  path: string
  token: unknown
}

/** Resolves with the caller; undefined on public routes and behind a signed URL. @throws AppError unauthorized */
export async function authenticate(
  spec: RouteSpec,
  given: Credentials,
  keys: Pick<ApiKeys, 'authenticate'>,
  urls: UrlSigner,
): Promise<Caller | undefined> {
  if (spec.scope === null) return undefined
  if (spec.signedUrl === true && given.authorization === '' && typeof given.token === 'string') {
    if (urls.verify(given.path, given.token)) return undefined
    throw new AppError('unauthorized', 'The token in this address is invalid or has expired')
  }
  const caller = await keys.authenticate(readBearer(given.authorization))
  if (caller === undefined) {
    throw new AppError('unauthorized', `The API key is invalid, revoked or expired. ${howToGetOne}`)
  }
  return caller
}

/** Returns the caller synchronously if the key is in the cache; undefined otherwise. */
export function knownCaller(
  authorization: string | undefined,
  keys: Pick<ApiKeys, 'known'>,
): Caller | undefined {
  const key = authorization === undefined ? undefined : bearerOf(authorization)
  return key === undefined ? undefined : keys.known(key)
}

/** Checks that the caller's plan and scopes suffice for a route. @throws AppError forbidden */
export function refuseBeyond(spec: RuledSpec, caller: Caller): void {
  if (caller.limits.plan === 'free' && !spec.admitsFreePlan) {
    throw new AppError('forbidden', 'The free plan has no access to this API')
  }
  if (spec.scope !== null && spec.scope !== 'any' && !grants(caller.scopes, spec.scope)) {
    throw new AppError('forbidden', `Insufficient API permissions. Required: ${spec.scope}`)
  }
}

function readBearer(header: string): string {
  if (header === '')
    throw new AppError(
      'unauthorized',
      `Missing API key. Send it as Authorization: Bearer <key>. ${howToGetOne}`,
    )
  const key = bearerOf(header)
  if (key === undefined) {
    throw new AppError('unauthorized', 'The Authorization header must read Bearer <key>')
  }
  return key
}

function bearerOf(header: string): string | undefined {
  const key = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1]
  return key === undefined || key.length > maxKeyLength ? undefined : key
}
