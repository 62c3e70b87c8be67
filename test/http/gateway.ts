import { makeHttpServer } from '../../src/http/make-http-server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import type { HttpServices } from '../../src/http/services.ts'
import type { Account } from '../../src/domain/account.ts'
import type { ConnectionReport } from '../../src/domain/connection.ts'
import { AppError } from '../../src/domain/errors.ts'
import { Linking } from '../../src/services/linking.ts'
import { systemClock } from '../../src/util/clock.ts'
import { makeLogger } from '../../src/util/logger.ts'
import { HttpClient } from '../support/http-client.ts'
import { forgetfulIdempotency, goodKey, keysWith, secret } from './kernel.ts'

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
    requestPairingCode: refused,
    answerPasskey: refused,
    confirmPasskey: refused,
  }
  const accounts: HttpServices['accounts'] = {
    list: () => Promise.resolve([account]),
    get: (id) =>
      id <= 2
        ? Promise.resolve({ ...account, id })
        : Promise.reject(new AppError('not_found', 'No such account')),
  }
  const services: HttpServices = {
    apiKeys: keysWith(scene.scopes ?? ['read:accounts']),
    idempotency: forgetfulIdempotency(),
    linking: new Linking({ lines: { find: () => line, onChange: () => () => undefined }, accounts }),
    accounts,
    status: { report: refused },
    chats: { list: refused, update: refused, messages: refused },
    messages: { progress: refused, get: refused },
    outbox: { cancel: refused, send: refused },
    settings: { get: refused, update: refused },
  }
  const options = {
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    version: '1.2.3',
    urlSecret: secret,
    database: scene.database ?? (() => Promise.resolve()),
    clock: systemClock,
  }
  const server = makeHttpServer(options, services, await makeLogger({ level: 'silent', format: 'json' }))
  await server.start()
  return { server, client: new HttpClient(`http://127.0.0.1:${server.address.port}`, goodKey) }
}

const account: Account = {
  id: 1,
  network: 'whatsapp',
  name: 'Main',
  status: 'pending',
  phone: null,
  lid: null,
  createdAt: new Date(0),
  linkedAt: null,
}
