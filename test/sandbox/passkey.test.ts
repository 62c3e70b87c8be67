import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { Authenticator, verifyAssertion } from '../../src/sandbox/linking/webauthn.ts'
import { isHandoffProof, PhoneAgreement, readPrologue } from '../../src/sandbox/linking/passkey-agreement.ts'
import { memoryAuth } from './support/client.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'
import {
  agreeWithPhone,
  handoffKey,
  handoffProof,
  makePrologue,
  sealPairingRequest,
} from '../../src/whatsapp/connection/passkey-crypto.ts'

const world = useWorld()
const challenge = randomBytes(32).toString('base64url')
const request = { challenge, rpId: 'whatsapp.com' }

test('only the passkey’s own signature is accepted', () => {
  const passkey = new Authenticator()
  const check = (assertion: object, authenticator = passkey) =>
    verifyAssertion(JSON.stringify(assertion), authenticator, challenge)
  const good = passkey.assert(request)
  const changed = (part: Partial<(typeof good)['response']>) => ({
    ...good,
    response: { ...good.response, ...part },
  })
  expect(() => check(good)).not.toThrow()
  expect(() => check(good, new Authenticator())).toThrow('unknown credential')
  expect(() => check(passkey.assert(request, 'https://example.org'))).toThrow('another origin')
  expect(() => check(passkey.assert({ ...request, challenge: 'b2xk' }))).toThrow('another challenge')
  expect(() => check(passkey.assert({ ...request, rpId: 'example.org' }))).toThrow(
    'made for another relying party',
  )
  expect(() =>
    check(changed({ signature: passkey.assert({ ...request, rpId: 'a' }).response.signature })),
  ).toThrow('the signature is wrong')
  const absent = Buffer.from(good.response.authenticatorData, 'base64url')
  absent.writeUInt8(0, 32)
  expect(() => check(changed({ authenticatorData: absent.toString('base64url') }))).toThrow('did not confirm')
  expect(() => check({ ...good, rawId: `${good.rawId}=` })).toThrow('base64url')
  expect(() => check({ id: good.id })).toThrow('not an assertion')
})

const registration = () => {
  const { noiseKey, signedIdentityKey } = memoryAuth().creds
  return { noiseKey: Buffer.from(noiseKey.public), identity: Buffer.from(signedIdentityKey.public) }
}

function agreed() {
  const prologue = makePrologue(1, 'the-ref')
  const read = readPrologue(prologue.payload)
  if (!read) throw new Error('the prologue cannot be read')
  const phone = new PhoneAgreement(read)
  const device = agreeWithPhone(prologue, phone.identity)
  if (!device) throw new Error('the phone’s identity cannot be read')
  return { prologue, phone, device }
}

test('device and phone come to the same code, and the phone alone opens what the device seals', () => {
  const { prologue, phone, device } = agreed()
  expect(phone.codeFor(prologue.nonce)).toBe(device.code.replace('-', ''))
  const self = {
    ...registration(),
    registrationId: 1,
    os: '',
    history: { whole: false },
    signedPreKey: {} as never,
  }
  const advSecret = randomBytes(32)
  const seal = (keys: { noiseKey: Buffer; identity: Buffer }) =>
    sealPairingRequest(device.key, {
      companionPublicKey: keys.noiseKey,
      companionIdentityKey: keys.identity,
      advSecret,
    })
  expect(phone.open(seal(self), self)).toEqual(advSecret)
  expect(() => phone.open(seal({ ...self, noiseKey: randomBytes(32) }), self)).toThrow('Noise key')
  expect(() => phone.open(seal({ ...self, identity: randomBytes(32) }), self)).toThrow('identity')
  expect(() => agreed().phone.open(seal(self), self)).toThrow()
})

test('a device that shows another nonce than it committed itself to gets no code', () => {
  const { phone } = agreed()
  expect(phone.codeFor(randomBytes(32))).toBeUndefined()
})

test('a hand-off proof counts for the secret and the words it was made with', () => {
  const secret = randomBytes(32)
  const payload = createHash('sha256').update('a payload').digest()
  const proof = handoffProof(handoffKey(secret), payload)
  expect(isHandoffProof(proof, payload, secret)).toBe(true)
  expect(isHandoffProof(proof, payload, randomBytes(32))).toBe(false)
  expect(isHandoffProof(proof, randomBytes(32), secret)).toBe(false)
  expect(isHandoffProof(proof.subarray(1), payload, secret)).toBe(false)
})

test('a client that does not know passkeys is asked for one and is not linked', async () => {
  world.phone.protect()
  const client = world.client().connect()
  const asked = new Promise((resolve) => {
    client.socket.ws.once('CB:notification,type:passkey_prologue_request', resolve)
  })
  await world.phone.scan(await until(() => client.qrs.at(-1)))
  await asked
  expect(world.phone.devices()).toEqual([])
  await expect(world.phone.approve('ABCDEFGH')).rejects.toThrow('shows no code')
})
