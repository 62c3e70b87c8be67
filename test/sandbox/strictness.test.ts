import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import {
  accountSignaturePrefix,
  deviceSignaturePrefix,
  isDeviceIdentity,
} from '../../src/sandbox/linking/device-identity.ts'
import { FrameReader, toFrame } from '../../src/sandbox/protocol/frames.ts'
import { newKeyPair, sign, signalKey } from '../../src/sandbox/protocol/keys.ts'
import { SignalParty, type Correspondent } from '../../src/sandbox/protocol/signal-party.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

function facing(party: SignalParty, identity = party.identity.public): Correspondent {
  return { address: 'someone', identity, takeBundle: () => party.bundle() }
}

test('a message is read by its receiver alone, and only from the identity that is known', async () => {
  const [ana, bea, eva] = [new SignalParty(), new SignalParty(), new SignalParty()]
  const first = await ana.encrypt(facing(bea), Buffer.from('hola'))
  expect(first.type).toBe('pkmsg')
  await expect(eva.decrypt(facing(ana), 'pkmsg', first.ciphertext)).rejects.toBeInstanceOf(Error)
  await expect(bea.decrypt(facing(eva), 'pkmsg', first.ciphertext)).rejects.toBeInstanceOf(Error)
  expect((await bea.decrypt(facing(ana), 'pkmsg', first.ciphertext)).toString()).toBe('hola')
})

test('a false message leaves the session as it was', async () => {
  const [ana, bea] = [new SignalParty(), new SignalParty()]
  const hello = await ana.encrypt(facing(bea), Buffer.from('hola'))
  await bea.decrypt(facing(ana), 'pkmsg', hello.ciphertext)
  const false1 = Buffer.from((await ana.encrypt(facing(bea), Buffer.from('x'))).ciphertext)
  false1[false1.length - 8] = (false1[false1.length - 8] ?? 0) ^ 1
  await expect(bea.decrypt(facing(ana), 'pkmsg', false1)).rejects.toThrow(/MAC|identity|type/i)
  const answer = await bea.encrypt(facing(ana), Buffer.from('buenas'))
  expect(answer.type).toBe('msg')
  expect((await ana.decrypt(facing(bea), 'msg', answer.ciphertext)).toString()).toBe('buenas')
  await expect(ana.decrypt(facing(bea), 'msg', answer.ciphertext)).rejects.toThrow('Key used already')
})

test('a party keeps its identity, and its sessions where they were saved', async () => {
  const [ana, bea] = [new SignalParty(), new SignalParty()]
  const hello = await ana.encrypt(facing(bea), Buffer.from('hola'))
  await bea.decrypt(facing(ana), 'pkmsg', hello.ciphertext)
  const answer = await bea.encrypt(facing(ana), Buffer.from('buenas'))
  const again = new SignalParty(structuredClone(ana.save(true)))
  expect((await again.decrypt(facing(bea), 'msg', answer.ciphertext)).toString()).toBe('buenas')
  const forgetful = new SignalParty(ana.save(false))
  await expect(forgetful.decrypt(facing(bea), 'msg', answer.ciphertext)).rejects.toThrow('No session')
})

test('a device identity needs both signatures, with these keys', () => {
  const [account, device, other] = [newKeyPair(), newKeyPair(), newKeyPair()]
  const details = randomBytes(12)
  const identity = (by: { account: Buffer; device: Buffer }) =>
    Buffer.from(
      proto.ADVSignedDeviceIdentity.encode({
        details,
        accountSignatureKey: account.public,
        accountSignature: sign(by.account, Buffer.concat([accountSignaturePrefix, details, device.public])),
        deviceSignature: sign(
          by.device,
          Buffer.concat([deviceSignaturePrefix, details, device.public, account.public]),
        ),
      }).finish(),
    )
  const keys = { account: account.public, device: device.public }
  const right = identity({ account: account.private, device: device.private })
  expect(isDeviceIdentity(right, keys)).toBe(true)
  expect(isDeviceIdentity(identity({ account: other.private, device: device.private }), keys)).toBe(false)
  expect(isDeviceIdentity(identity({ account: account.private, device: other.private }), keys)).toBe(false)
  expect(isDeviceIdentity(right, { ...keys, account: other.public })).toBe(false)
  expect(isDeviceIdentity(randomBytes(80), keys)).toBe(false)
})

test('a new session without a proper device identity is not believed', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  const { account } = client.auth.creds
  const right = account?.deviceSignature
  Object.assign(account ?? {}, { deviceSignature: randomBytes(64) })
  const id = await client.send(maria.number, 'soy yo')
  await until(() => client.acks.filter((each) => each === id).length > 2)
  expect(maria.received).toEqual([])
  Object.assign(account ?? {}, { deviceSignature: right })
  await client.send(maria.number, 'ahora sí')
  await until(() => maria.received.some(({ text }) => text === 'ahora sí'))
})

test('a signed pre-key must be signed by the device', async () => {
  const { phone } = world
  const client = await world.client().link(phone)
  await client.socket.rotateSignedPreKey()
  const key = newKeyPair()
  const skey = (signature: Buffer) => ({
    tag: 'skey',
    attrs: {},
    content: [
      { tag: 'id', attrs: {}, content: Buffer.from([0, 0, 9]) },
      { tag: 'value', attrs: {}, content: key.public },
      { tag: 'signature', attrs: {}, content: signature },
    ],
  })
  const rotate = (signature: Buffer) =>
    client.socket.query({
      tag: 'iq',
      attrs: { to: '@s.whatsapp.net', type: 'set', xmlns: 'encrypt' },
      content: [{ tag: 'rotate', attrs: {}, content: [skey(signature)] }],
    })
  await expect(rotate(randomBytes(64))).rejects.toThrow('bad-request')
  const { private: secret } = client.auth.creds.signedIdentityKey
  const proper = sign(Buffer.from(secret), signalKey(key.public))
  await expect(rotate(proper)).resolves.toMatchObject({ attrs: { type: 'result' } })
})

test('frames are cut from the byte stream wherever it is split', () => {
  const intro = Buffer.from([0x57, 0x41, 6, 3])
  const routing = Buffer.concat([Buffer.from([0x45, 0x44, 0, 1, 0, 0, 5]), randomBytes(5)])
  const payloads = [randomBytes(3), randomBytes(300), Buffer.alloc(0)]
  const stream = Buffer.concat([routing, intro, ...payloads.map(toFrame)])
  for (const size of [1, 2, 3, 7, stream.length]) {
    const reader = new FrameReader()
    const frames: Buffer[] = []
    for (let at = 0; at < stream.length; at += size)
      frames.push(...reader.read(stream.subarray(at, at + size)))
    expect(frames).toEqual(payloads)
  }
  expect(() => new FrameReader().read(Buffer.from('GET / HTTP'))).toThrow('Not a WhatsApp client')
})
