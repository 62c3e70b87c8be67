import Sqlite from 'better-sqlite3'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AccountId } from '../../src/core/ids.ts'
import type { IncomingMessage } from '../../src/core/messages/incoming.ts'
import { SessionStore } from '../../src/db/sessions/session-store.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { openSecretBox } from '../../src/util/secret-key.ts'
import { WhatsApp } from '../../src/whatsapp/whatsapp.ts'
import { until } from '../support/until.ts'
import { deaf } from './deaf.ts'

const number = '34600000001'
const day = 24 * 60 * 60_000
let dir: string
let sandbox: Sandbox
let sessions: SessionStore
let accounts: { id: AccountId }[]
let received: IncomingMessage[]
let end: AbortController
let whatsapp: WhatsApp

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zaguan-'))
  sandbox = new Sandbox()
  await sandbox.start()
  sessions = await SessionStore.open(dir, openSecretBox(dir))
  accounts = [{ id: 1 }]
  received = []
  begin()
})

afterEach(async () => {
  await stop()
  await sessions.close()
  await sandbox.stop()
  await rm(dir, { recursive: true })
})

function begin(): void {
  const messages = (_id: AccountId, batch: readonly IncomingMessage[]) => {
    received.push(...batch)
    return Promise.resolve()
  }
  whatsapp = new WhatsApp({
    syncFullHistory: false,
    keptPosts: { statusPosts: false, channels: false },
    historyDays: null,
    log: pino({ level: 'silent' }),
    vault: (id) => sessions.vault(id),
    departing: sessions.logOuts(),
    temporaryFiles: deaf.temporaryFiles,
  })
  end = new AbortController()
  whatsapp.start(end.signal, {
    ...deaf,
    network: { url: sandbox.url, rootKey: sandbox.rootKey },
    accounts: { list: () => Promise.resolve(accounts) },
    inbound: { ...deaf.inbound, messages },
  })
}

async function stop(): Promise<void> {
  end.abort()
  await whatsapp.stop()
}

const stateOf = (id: AccountId) => whatsapp.find(id)?.report().state

async function link(id: AccountId, phone: string): Promise<void> {
  const qr = await until('a code to scan', () => {
    const state = stateOf(id)
    return state?.kind === 'pairing' && state.qr !== null ? state.qr : undefined
  })
  await sandbox.phone(phone).scan(qr)
  await until('it is open', () => stateOf(id)?.kind === 'open')
}

/** The rows of sessions.db that belong to an account, by table. */
function rowsOf(id: AccountId): Record<string, unknown> {
  const db = new Sqlite(join(dir, 'sessions.db'), { readonly: true })
  const count = (table: string) =>
    db.prepare(`select count(*) from ${table} where account_id = ?`).pluck().get(id)
  const rows = Object.fromEntries(['creds', 'signal_keys', 'log_outs'].map((name) => [name, count(name)]))
  db.close()
  return rows
}

async function removeUnreachable(): Promise<void> {
  await sandbox.refuseConnections('closed')
  sandbox.dropConnections()
  await until('the connection is lost', () => stateOf(1)?.kind !== 'open')
  expect(await whatsapp.close(1)).toBe(false)
  accounts = []
}

test('the device of an account that was removed out of reach is logged out as soon as WhatsApp is back, and receives nothing', async () => {
  await link(1, number)
  await removeUnreachable()
  expect(rowsOf(1)).toEqual({ creds: 0, signal_keys: 0, log_outs: 1 })
  const [device] = await whatsapp.departing()
  expect(device).toMatchObject({ accountId: 1 })
  expect((device?.until.getTime() ?? 0) - (device?.since.getTime() ?? 0)).toBe(14 * day)
  await sandbox.customer('5491112345678').send(number, { conversation: 'are you there?' })
  await sandbox.acceptConnections()
  await until('the phone no longer lists it', () => sandbox.phone(number).devices().length === 0, 30_000)
  await until('nothing is left', () => rowsOf(1)['log_outs'] === 0)
  expect(await whatsapp.departing()).toEqual([])
  expect(received).toEqual([])
}, 60_000)

test('a log-out that is due is taken up at the start, beside a new device of the same account', async () => {
  await link(1, number)
  await removeUnreachable()
  await stop()
  await sandbox.acceptConnections()
  accounts = [{ id: 1 }]
  begin()
  await link(1, number)
  await until('only the new device is left', () => sandbox.phone(number).devices().length === 1, 30_000)
  await until('nothing is left to do', () => rowsOf(1)['log_outs'] === 0)
  expect(stateOf(1)?.kind).toBe('open')
}, 60_000)

test('a device that the phone removed by itself is not waited for', async () => {
  await link(1, number)
  await removeUnreachable()
  await sandbox.acceptConnections()
  await sandbox.phone(number).unlink()
  await until('nothing is left to do', () => rowsOf(1)['log_outs'] === 0, 30_000)
}, 60_000)

test('after fourteen days without an answer the credentials are dropped', async () => {
  await link(1, number)
  await stop()
  await sandbox.refuseConnections('closed')
  expect(await sessions.vault(1).retire(new Date(Date.now() - 14 * day - 1))).toBe(true)
  expect(await sessions.vault(1).retire(new Date())).toBe(true)
  expect(rowsOf(1)).toEqual({ creds: 0, signal_keys: 0, log_outs: 1 })
  accounts = []
  begin()
  await until('they are gone', () => rowsOf(1)['log_outs'] === 0, 30_000)
  await sandbox.acceptConnections()
  expect(sandbox.phone(number).devices()).toHaveLength(1)
}, 60_000)

test('an account that was never linked, or is connected, leaves no device behind', async () => {
  await until('a code to scan', () => stateOf(1)?.kind === 'pairing')
  expect(await whatsapp.close(1)).toBe(true)
  expect(rowsOf(1)['log_outs']).toBe(0)
  whatsapp.open({ id: 2 })
  await link(2, number)
  expect(await whatsapp.close(2)).toBe(true)
  expect(rowsOf(2)).toEqual({ creds: 0, signal_keys: 0, log_outs: 0 })
  expect(sandbox.phone(number).devices()).toEqual([])
}, 60_000)
