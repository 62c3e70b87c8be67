import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { RootAuthority } from '../../src/sandbox/protocol/certificates.ts'
import { isSignedBy, newKeyPair } from '../../src/sandbox/protocol/keys.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { memoryAuth, type Client } from './support/client.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

function qrOf(client: Client): Promise<string> {
  return until(() => client.qrs.at(-1))
}

/** The same code with one of its fields replaced. */
function changed(qr: string, field: number, value: string): string {
  const [url = '', rest = ''] = qr.split('#')
  return `${url}#${rest.split(',').with(field, value).join(',')}`
}

test('a client links by QR code and logs in as that device', async () => {
  const { phone } = world
  const linked = await world.client().link(phone)
  expect(linked.auth.creds.me?.id).toBe('34600000001:1@s.whatsapp.net')
  expect(linked.auth.creds.me?.lid).toBe(`${phone.lid}:1@lid`)
  expect(linked.auth.creds.platform).toBe('android')
  expect(phone.devices()).toMatchObject([{ id: 1, online: true }])
  await until(() => (phone.devices()[0]?.preKeys ?? 0) > 800)
  expect(world.sandbox.connections()).toMatchObject([
    { client: '34600000001:1@s.whatsapp.net', state: 'open' },
  ])
})

test('a linked client comes back without a QR code', async () => {
  const linked = await world.client().link(world.phone)
  await linked.end()
  const again = await world.client(linked.auth).open()
  expect(again.qrs).toEqual([])
  expect(world.phone.devices()).toMatchObject([{ id: 1, online: true }])
})

test('a text that is not a QR code is refused', async () => {
  await expect(world.phone.scan('https://example.org/')).rejects.toThrow('not a QR code')
  await expect(world.phone.scan('2@abc,AAAA,BBBB,CCCC,1')).rejects.toThrow('not a QR code')
})

test('the QR code of another network is refused', async () => {
  const other = new Sandbox()
  await other.start()
  const qr = await qrOf(world.client().connect())
  await expect(other.phone('34600000009').scan(qr)).rejects.toThrow('unknown to this network')
  await other.stop()
})

test('a QR code with foreign keys is refused', async () => {
  const qr = await qrOf(world.client().connect())
  const key = randomBytes(32).toString('base64')
  await expect(world.phone.scan(changed(qr, 1, key))).rejects.toThrow('Noise key')
  await expect(world.phone.scan(changed(qr, 2, key))).rejects.toThrow('identity')
  expect(world.phone.devices()).toEqual([])
})

test('a QR code whose client has gone is refused', async () => {
  const client = world.client().connect()
  const qr = await qrOf(client)
  await client.end()
  await until(() => world.sandbox.connections().length === 0)
  await expect(world.phone.scan(qr)).rejects.toThrow('expired')
})

test('a client refuses a phone that does not know its secret', async () => {
  const client = world.client().connect()
  const qr = changed(await qrOf(client), 3, randomBytes(32).toString('base64'))
  await expect(world.phone.scan(qr)).rejects.toThrow('did not accept')
  expect(world.phone.devices()).toEqual([])
})

test('a client refuses a false MAC of the account', async () => {
  const client = world.client().connect()
  world.sandbox.faults.spoilPairing('hmac')
  await expect(world.phone.scan(await qrOf(client))).rejects.toThrow('did not accept')
})

test('a device that signs what it was not offered is not linked', async () => {
  const client = world.client().connect()
  world.sandbox.faults.spoilPairing('signature')
  // This version of the client does not notice the false signature; the phone then refuses the echo of it.
  await expect(world.phone.scan(await qrOf(client))).rejects.toThrow('signature')
  expect(world.phone.devices()).toEqual([])
})

test('a registration with a false pre-key signature is refused', async () => {
  const auth = memoryAuth()
  auth.creds.signedPreKey.signature = randomBytes(64)
  const client = world.client(auth).connect()
  expect(await until(() => client.closed.includes(400))).toBeTruthy()
})

test('an unknown device is told 401', async () => {
  const auth = memoryAuth()
  auth.creds.me = { id: '34600000001:7@s.whatsapp.net', name: 'x' }
  const client = world.client(auth).connect()
  expect(await until(() => client.closed.includes(401))).toBeTruthy()
})

test('a device with another Noise key is told 401', async () => {
  const linked = await world.client().link(world.phone)
  await linked.end()
  Object.assign(linked.auth.creds, { noiseKey: memoryAuth().creds.noiseKey })
  const thief = world.client(linked.auth).connect()
  expect(await until(() => thief.closed.includes(401))).toBeTruthy()
})

test('a second login replaces the first', async () => {
  const first = await world.client().link(world.phone)
  const second = await world.client(first.auth).open()
  await until(() => first.closed.includes(440))
  expect(second.connected).toBe(true)
  expect(world.phone.devices()).toMatchObject([{ online: true }])
})

test('an unlinked device is told 401 at once', async () => {
  const linked = await world.client().link(world.phone)
  await world.phone.unlink(1)
  await until(() => linked.closed.includes(401))
  expect(world.phone.devices()).toEqual([])
})

test('a device that was unlinked while away is told 401 at its next login', async () => {
  const linked = await world.client().link(world.phone)
  await linked.end()
  await world.phone.unlink()
  const again = world.client(linked.auth).connect()
  expect(await until(() => again.closed.includes(401))).toBeTruthy()
})

test('logging out unlinks', async () => {
  const linked = await world.client().link(world.phone)
  await linked.socket.logout()
  expect(await until(() => world.phone.devices().length === 0)).toBeTruthy()
})

test('certificates lead to the root key', () => {
  const root = new RootAuthority()
  const server = newKeyPair()
  const { leaf, intermediate } = proto.CertChain.decode(root.certify(server.public))
  const { Details } = proto.CertChain.NoiseCertificate
  const middle = Details.decode(intermediate!.details!)
  const end = Details.decode(leaf!.details!)
  expect(middle.issuerSerial).toBe(0)
  expect(Buffer.from(end.key!)).toEqual(server.public)
  expect(isSignedBy(root.keys.public, intermediate!.details!, intermediate!.signature!)).toBe(true)
  expect(isSignedBy(middle.key!, leaf!.details!, leaf!.signature!)).toBe(true)
  expect(isSignedBy(newKeyPair().public, intermediate!.details!, intermediate!.signature!)).toBe(false)
})
