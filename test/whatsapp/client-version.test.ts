import { DEFAULT_CONNECTION_CONFIG } from '@whiskeysockets/baileys'
import type { WAVersion } from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { onTestFinished, beforeEach, expect, test, vi } from 'vitest'
import type { ConnectionReport } from '../../src/features/accounts/connection.ts'
import type { SessionVault } from '../../src/core/ports.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { ClientVersion } from '../../src/whatsapp/connection/client-version.ts'
import { silenceConsole } from '../../src/whatsapp/connection/library-logger.ts'
import { WhatsAppLine } from '../../src/whatsapp/connection/line.ts'
import { trustRootKey } from '../../src/whatsapp/baileys-internals.ts'
import { openSessions } from '../db/folder.ts'
import { until } from '../support/until.ts'
import { deaf } from './deaf.ts'

silenceConsole()

const [major, minor, own] = DEFAULT_CONNECTION_CONFIG.version
const version = (ahead: number): WAVersion => [major, minor, own + ahead]

let vault: SessionVault

beforeEach(async () => {
  const store = await openSessions()
  vault = store.vault(1)
})

test('the version that was accepted last is used again, unless the library knows a newer one', async () => {
  expect(await new ClientVersion(vault).choose()).toBeUndefined()
  await new ClientVersion(vault).accepted(version(5))
  expect(await new ClientVersion(vault).choose()).toEqual(version(5))
  await new ClientVersion(vault).accepted(version(-5))
  expect(await new ClientVersion(vault).choose()).toBeUndefined()
})

test('a refused version is replaced by the current one, which is asked for once an hour', async () => {
  const fetch = vi.fn(() => Promise.resolve(version(7)))
  const one = new ClientVersion(vault, fetch)
  expect(await one.refused()).toBe(true)
  expect(await one.choose()).toEqual(version(7))
  expect(await one.refused()).toBe(false)
  expect(fetch).toHaveBeenCalledTimes(1)
})

test.each([
  ['there is nobody to ask', undefined],
  ['nobody answers', () => Promise.reject(new Error('no network'))],
  ['nobody knows', () => Promise.resolve(undefined)],
])('nothing changes where %s', async (_name, fetch) => {
  const one = new ClientVersion(vault, fetch)
  expect(await one.refused()).toBe(false)
  expect(await one.choose()).toBeUndefined()
})

test('a line that WhatsApp finds too old comes in with the current version, and begins with it from then on', async () => {
  const sandbox = new Sandbox()
  await sandbox.start()
  onTestFinished(() => sandbox.stop())
  trustRootKey(sandbox.rootKey)
  const phone = sandbox.phone('34600000002')
  const fetch = vi.fn(() => Promise.resolve(version(9)))
  let reports: ConnectionReport[] = []
  const start = () => {
    reports = []
    const line = new WhatsAppLine({
      accountId: 1,
      url: sandbox.url,
      syncFullHistory: false,
      keptPosts: { statusPosts: false, channels: false },
      historyDays: null,
      vault,
      ...deaf,
      log: pino({ level: 'silent' }),
      fetchVersion: fetch,
      changed: (report) => reports.push(report),
    })
    line.start()
    onTestFinished(() => line.stop())
    return line
  }
  const refused = () =>
    reports.filter(({ state }) => 'reason' in state && state.reason === 'client_outdated').length

  sandbox.faults.requireClient(version(9).join('.'))
  const line = start()
  const qr = await until('a code to scan', () => {
    const { state } = line.report()
    return state.kind === 'pairing' && state.qr !== null ? state.qr : undefined
  })
  expect(refused()).toBe(1)
  await phone.scan(qr)
  await until('it is open', () => line.report().state.kind === 'open')
  await until('the version is kept', async () => (await vault.get('client-version', ['good'])).size > 0)
  await line.stop()

  const next = start()
  await until('it is open again', () => next.report().state.kind === 'open')
  expect(refused()).toBe(0)
  expect(fetch).toHaveBeenCalledTimes(1)
})
