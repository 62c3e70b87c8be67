import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { Client } from './support/client.ts'
import { until } from '../support/until.ts'

let folder: string
let stateFile: string
const clients: Client[] = []
const sandboxes: Sandbox[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
  stateFile = join(folder, 'state.json')
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()))
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.stop()))
  rmSync(folder, { recursive: true })
})

async function start(): Promise<Sandbox> {
  const sandbox = new Sandbox({ stateFile })
  await sandbox.start()
  sandboxes.push(sandbox)
  return sandbox
}

function client(sandbox: Sandbox, auth?: Client['auth']): Client {
  const made = new Client(sandbox, auth)
  clients.push(made)
  return made
}

async function talk(sandbox: Sandbox): Promise<Client> {
  const phone = sandbox.phone('34600000001', { name: 'Ana' })
  const maria = sandbox.customer('34611111111', { name: 'María' })
  const linked = await client(sandbox).link(phone)
  await until(() => linked.history.some(({ progress }) => progress === 100))
  await maria.sendText(phone.number, 'hola')
  await until(() => linked.message('hola'))
  await linked.send(maria.number, 'buenas')
  await until(() => maria.received.length === 1)
  await until(() => phone.devices()[0]?.pending === 0)
  return linked
}

test('after a clean stop everything goes on: devices, sessions and what waited', async () => {
  const first = await start()
  const linked = await talk(first)
  await linked.end()
  await first.customer('34611111111').sendText('34600000001', 'mientras no estabas')
  const { rootKey, url } = first
  await first.stop()
  const second = await start()
  expect(second.rootKey).toBe(rootKey)
  expect(second.url).toBe(url)
  expect(second.people()).toMatchObject([{ number: '34611111111', name: 'María' }])
  const again = await client(second, linked.auth).open()
  expect(again.qrs).toEqual([])
  await until(() => again.message('mientras no estabas'))
  await second.customer('34611111111').sendText('34600000001', 'en la misma sesión')
  await until(() => again.message('en la misma sesión'))
  await again.send('34611111111', 'sin pedir otra vez')
  await until(() => second.customer('34611111111').received.length === 1)
  expect(second.customer('34611111111').duplicateCount).toBe(0)
})

test('after a crash the devices are still known, and sessions begin anew', async () => {
  const first = await start()
  const linked = await talk(first)
  await until(() => JSON.parse(readFileSync(stateFile, 'utf8')).accounts[0]?.devices[0]?.firstLogin === false)
  await linked.end()
  const crashed = readFileSync(stateFile, 'utf8')
  await first.stop()
  writeFileSync(stateFile, crashed)
  const second = await start()
  const again = await client(second, linked.auth).open()
  await second.customer('34611111111').sendText('34600000001', 'sesión nueva')
  await until(() => again.message('sesión nueva'))
  await again.send('34611111111', 'también de vuelta')
  expect(
    await until(() =>
      second.customer('34611111111').received.some(({ text }) => text === 'también de vuelta'),
    ),
  ).toBeTruthy()
})

test('the file is readable by its owner alone, and an unknown version stops the start', async () => {
  const sandbox = await start()
  await sandbox.stop()
  expect(statSync(stateFile).mode & 0o777).toBe(0o600)
  writeFileSync(stateFile, '{"version": 99}')
  expect(() => new Sandbox({ stateFile })).toThrow('not a state file')
})

test('sessions are not in the file while the sandbox runs', async () => {
  const first = await start()
  await talk(first)
  await first.stop()
  const clean = JSON.parse(readFileSync(stateFile, 'utf8'))
  expect(clean.people[0].devices[0].sessions).toBeDefined()
  await start()
  const running = JSON.parse(readFileSync(stateFile, 'utf8'))
  expect(running.people[0].devices[0].sessions).toBeUndefined()
})

test('beside a copy of itself, or where another program has its ports, a sandbox takes others and says so', async () => {
  const first = await start()
  first.phone('34600000001', { name: 'Ana' })
  await until(() => readFileSync(stateFile, 'utf8').includes('34600000001'))
  const copy = join(folder, 'copy.json')
  writeFileSync(copy, readFileSync(stateFile))
  const told: unknown[] = []
  const second = new Sandbox({
    stateFile: copy,
    log: (event, fields) => event === 'port_taken' && told.push(fields),
  })
  await second.start()
  sandboxes.push(second)
  expect(second.url).not.toBe(first.url)
  expect(second.mediaHost).not.toBe(first.mediaHost)
  expect(second.phone('34600000001').name).toBe('Ana')
  expect(told).toMatchObject([{ of: 'media host' }, { of: 'network', port: Number(new URL(first.url).port) }])
  const { url } = second
  await second.refuseConnections('closed')
  await second.acceptConnections()
  expect(second.url).toBe(url)
})

test('a port that was asked for and is taken stops the start', async () => {
  const first = await start()
  const second = new Sandbox({ port: Number(new URL(first.url).port) })
  await expect(second.start()).rejects.toThrow('EADDRINUSE')
  await second.stop()
})
