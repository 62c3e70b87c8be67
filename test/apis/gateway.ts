import { makeHttpServer } from '../../src/daemon/http-server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import type { HttpServices } from '../../src/apis/shared/http-services.ts'
import type { Account } from '../../src/core/account.ts'
import type { ConnectionReport } from '../../src/features/accounts/connection.ts'
import { AppError } from '../../src/core/errors.ts'
import { Linking } from '../../src/features/accounts/linking.ts'
import { systemClock } from '../../src/util/clock.ts'
import { makeLogger } from '../../src/util/logger.ts'
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
  const accounts: HttpServices['accounts'] = {
    list: () => Promise.resolve([account]),
    get: (id) =>
      id <= 2
        ? Promise.resolve({ ...account, id })
        : Promise.reject(new AppError('not_found', 'No such account')),
    listFor: () => Promise.resolve([account]),
    change: (_caller, id) =>
      id === 1 ? Promise.resolve(account) : Promise.reject(new AppError('not_found', 'No such account')),
    reach: (_caller, id) =>
      id === 1 ? Promise.resolve(account) : Promise.reject(new AppError('not_found', 'No such account')),
    create: refused,
    remove: refused,
  }
  const services: HttpServices = {
    audit: { list: refused, note: () => Promise.resolve() },
    apiKeys: {
      ...keysWith(scene.scopes ?? ['read:accounts']),
      list: refused,
      create: refused,
      change: refused,
      revoke: refused,
    },
    limits: noLimits(),
    testAccount: { receive: refused },
    users: { list: refused },
    idempotency: forgetfulIdempotency(),
    linking: new Linking({ lines: { find: () => line, onChange: () => () => undefined }, accounts }),
    accounts,
    countries: { of: () => Promise.resolve(undefined) },
    status: { report: refused },
    chats: { get: refused, list: refused, update: refused, messages: refused, requestOlder: refused },
    attention: { markRead: refused, showTyping: refused },
    groups: { get: refused },
    search: { messages: refused },
    messages: { get: refused, formerTexts: refused, progress: refused },
    metrics: { sample: refused },
    modelHealth: { report: () => ({ state: 'ok', say: 'The language model answers.', since: null }) },
    messageActions: { react: refused, edit: refused, remove: refused },
    sending: {
      waiting: { place: refused, list: refused },
      batches: { send: refused, plan: refused, get: refused, prune: refused, cancel: refused },
      schedules: {
        create: refused,
        list: refused,
        get: refused,
        update: refused,
        cancel: refused,
        run: refused,
      },
      templates: {
        create: refused,
        list: refused,
        get: refused,
        update: refused,
        remove: refused,
        preview: refused,
      },
      numbers: { prune: refused },
    },
    events: { list: refused, newest: refused, follow: () => (async function* () {})() },
    webhooks: {
      list: refused,
      accountOf: refused,
      readableAccountOf: refused,
      get: refused,
      checkAddress: refused,
      create: refused,
      update: refused,
      toggle: refused,
      regenerateSecret: refused,
      delete: refused,
      test: refused,
      deliveries: refused,
      replay: refused,
    },
    media: {
      urlOf: (id) => `/api/v1/media/${id}`,
      upload: refused,
      open: refused,
      thumbnail: refused,
      fetchAgain: refused,
      remove: refused,
    },
    outbox: { cancel: refused, send: refused, sendOne: refused },
    assistant: {
      desk: { turns: refused, verdict: refused, change: refused, usage: refused },
      knowledge: { list: refused, put: refused, remove: refused },
      appointments: { list: refused, cancel: refused, newCalendarSecret: refused, calendar: refused },
      tickets: { list: refused, setStatus: refused },
      catalogue: { products: refused, replace: refused, leads: refused },
    },
    settings: { get: refused, update: refused },
    analytics: { overview: refused },
    bots: {
      get: refused,
      agents: refused,
      createAgent: refused,
      updateAgent: refused,
      deleteAgent: refused,
    },
    conversations: {
      list: refused,
      get: refused,
      messages: refused,
      update: refused,
      send: refused,
      plan: refused,
    },
    customers: {
      list: refused,
      get: refused,
      create: refused,
      update: refused,
      erase: refused,
    },
    customerExports: { get: refused },
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
  expectedPhone: null,
  refusedPhone: null,
  acceptsOtherNumber: false,
  test: false,
  createdAt: new Date(0),
  linkedAt: null,
}
