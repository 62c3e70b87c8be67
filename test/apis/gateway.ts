import { makeHttpServer } from '../../src/daemon/http-server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import type { AccountId } from '../../src/core/ids.ts'
import type { Caller } from '../../src/core/caller.ts'
import type { Services } from '../../src/daemon/services.ts'
import type { ConnectionReport } from '../../src/features/accounts/connection.ts'
import { AppError } from '../../src/core/errors.ts'
import { Linking } from '../../src/features/accounts/linking.ts'
import { BaseUrl } from '../../src/http/requests/base-url.ts'
import { makeUrlSigner } from '../../src/util/signed-url.ts'
import { systemClock } from '../../src/util/clock.ts'
import { makeLogger } from '../../src/util/logger.ts'
import { unlinkedAccount } from '../features/accounts/unlinked-account.ts'
import { HttpClient } from '../support/http-client.ts'
import { forgetfulIdempotency, goodKey, keysWith, noLimits, secret } from '../http/kernel.ts'

export interface Gateway {
  server: HttpServer
  client: HttpClient
}

export interface Scene {
  report?: ConnectionReport
  database?: () => Promise<void>
  scopes?: Parameters<typeof keysWith>[0]
}

const refused = () => Promise.reject(new Error('not part of this scene'))

/** Services of which only `given` is there: every other method rejects. */
function refusing(given: object): Services {
  const behind = (known: object): object =>
    new Proxy(refused, {
      get: (_, name) => {
        const value: unknown = Reflect.get(known, name)
        if (value === undefined) return behind({})
        return typeof value === 'object' && value !== null && !(value instanceof Linking)
          ? behind(value)
          : value
      },
    })
  return behind(given) as Services
}

/**
 * Every route of the gateway over account 1, whose connection is as told, and an account 2 that the key does not reach;
 * nothing behind chats and sends.
 */
export async function startGateway(scene: Scene = {}): Promise<Gateway> {
  const { report = { state: { kind: 'starting' }, say: 'It is about to start.' } } = scene
  const line = {
    report: () => report,
    send: refused,
    journal: refused,
    history: refused,
    requestHistory: refused,
    requestPairingCode: refused,
    answerPasskey: refused,
    confirmPasskey: refused,
  }
  const notFound = () => Promise.reject(new AppError('not_found', 'No such account'))
  const accounts = {
    list: () => Promise.resolve([unlinkedAccount]),
    get: (id: AccountId) => (id <= 2 ? Promise.resolve({ ...unlinkedAccount, id }) : notFound()),
    listLoggingOut: () => Promise.resolve([]),
    listFor: () => Promise.resolve([unlinkedAccount]),
    change: (_caller: Caller, id: AccountId) => (id === 1 ? Promise.resolve(unlinkedAccount) : notFound()),
    reach: (_caller: Caller, id: AccountId) => (id === 1 ? Promise.resolve(unlinkedAccount) : notFound()),
  }
  const services = refusing({
    audit: { note: () => Promise.resolve() },
    apiKeys: { ...keysWith(scene.scopes ?? ['read:accounts']), onChange: () => undefined },
    limits: noLimits(),
    idempotency: forgetfulIdempotency(),
    linking: new Linking({ lines: { find: () => line, onChange: () => () => undefined }, accounts }),
    accounts,
    countries: { of: () => Promise.resolve(undefined) },
    modelHealth: { report: () => ({ state: 'ok', say: 'The language model answers.', since: null }) },
    media: { urlOf: (id: number) => `/api/v1/media/${id}` },
  })
  const options = {
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    version: '1.2.3',
    urls: makeUrlSigner(secret, systemClock),
    baseUrl: new BaseUrl(null),
    database: scene.database ?? (() => Promise.resolve()),
    clock: systemClock,
  }
  const server = makeHttpServer(options, services, await makeLogger({ level: 'silent', format: 'json' }))
  await server.start()
  return { server, client: new HttpClient(`http://127.0.0.1:${server.address.port}`, goodKey) }
}
