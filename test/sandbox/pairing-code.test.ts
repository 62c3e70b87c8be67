import { afterEach, expect, test, vi } from 'vitest'
import { memoryAuth, type Client } from './support/client.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()
const number = '34600000001'

afterEach(() => {
  vi.useRealTimers()
})

/** A client that shows codes to scan, and the code that it got for the phone. */
async function ask(client: Client): Promise<string> {
  client.connect()
  await until(() => client.qrs.at(-1))
  const taken = new Promise((resolve) => {
    client.socket.ws.once('CB:iq,type:result,link_code_companion_reg', resolve)
  })
  const code = await client.socket.requestPairingCode(number)
  await taken
  return code
}

/** The same length, another code. */
const another = (code: string) => (code.startsWith('A') ? `B${code.slice(1)}` : `A${code.slice(1)}`)

test('a client links by a code that is typed on the phone', async () => {
  const client = world.client()
  const code = await ask(client)
  await world.phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`)
  await until(() => client.closed.includes(515))
  await client.open()
  expect(client.auth.creds.me?.id).toBe('34600000001:1@s.whatsapp.net')
  expect(world.phone.devices()).toMatchObject([{ id: 1, online: true }])
})

test('a wrong code links nothing, and the right one does after it', async () => {
  const client = world.client()
  const code = await ask(client)
  await expect(world.phone.enterPairingCode(another(code))).rejects.toThrow('The code is wrong')
  expect(world.phone.devices()).toEqual([])
  await world.phone.enterPairingCode(code)
  expect(world.phone.devices()).toHaveLength(1)
})

test('a text that is not a pairing code is refused', async () => {
  await ask(world.client())
  await expect(world.phone.enterPairingCode('ABC')).rejects.toThrow('eight letters')
  await expect(world.phone.enterPairingCode('ABCD-EFG0')).rejects.toThrow('eight letters')
})

test('a code is refused on a phone for which none was requested', async () => {
  const code = await ask(world.client())
  const other = world.sandbox.phone('34600000002')
  await expect(other.enterPairingCode(code)).rejects.toThrow('No device asks')
})

test('an expired code is refused', async () => {
  const code = await ask(world.client())
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 161_000 })
  await expect(world.phone.enterPairingCode(code)).rejects.toThrow('expired')
})

test('a code whose client has gone is refused', async () => {
  const client = world.client()
  const code = await ask(client)
  await client.end()
  await until(() => world.sandbox.connections().length === 0)
  await expect(world.phone.enterPairingCode(code)).rejects.toThrow('No device asks')
})

test('a client that seals another identity than it registered with is refused', async () => {
  const client = world.client()
  const code = await ask(client)
  Object.assign(client.auth.creds, { signedIdentityKey: memoryAuth().creds.signedIdentityKey })
  await expect(world.phone.enterPairingCode(code)).rejects.toThrow('different identity')
})

test('a client that comes back in the middle with what it has is told 401', async () => {
  const client = world.client()
  await ask(client)
  await client.end()
  client.connect()
  expect(await until(() => client.closed.includes(401))).toBeTruthy()
})
