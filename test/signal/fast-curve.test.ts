import { createRequire } from 'node:module'
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { installFastCurve } from '../../src/signal/fast-curve.ts'

interface Curve {
  generateKeyPair(): { pubKey: Buffer; privKey: Buffer }
  calculateAgreement(publicKey: Uint8Array, privateKey: Uint8Array): Buffer
  calculateSignature(privateKey: Uint8Array, message: Uint8Array): Buffer
  verifySignature(
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
    isInit?: boolean,
  ): boolean
}
const require = createRequire(import.meta.url)
const curve = require('libsignal/src/curve.js') as Curve
const javaScript = {
  ...(require('curve25519-js') as Record<'sign' | 'verify', (...bytes: Uint8Array[]) => never>),
}
const slowAgreement = curve.calculateAgreement

beforeAll(installFastCurve)

const message = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes))

test('each implementation accepts the signatures of the other', () => {
  fc.assert(
    fc.property(message, (text) => {
      const { pubKey, privKey } = curve.generateKeyPair()
      const fast = curve.calculateSignature(privKey, text)
      const slow = Buffer.from(javaScript.sign(privKey, text))
      expect(javaScript.verify(pubKey.subarray(1), text, fast)).toBe(true)
      expect(curve.verifySignature(pubKey, text, slow)).toBe(true)
      expect(curve.verifySignature(pubKey, text, fast)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test('a signature with one bit flipped, of another length or of another key is refused', () => {
  const [one, other] = [curve.generateKeyPair(), curve.generateKeyPair()]
  const text = Buffer.from('hola')
  const signature = curve.calculateSignature(one.privKey, text)
  for (let bit = 0; bit < signature.length * 8; bit++) {
    const spoilt = Buffer.from(signature)
    spoilt[bit >> 3]! ^= 1 << (bit & 7)
    expect(curve.verifySignature(one.pubKey, text, spoilt)).toBe(false)
  }
  expect(curve.verifySignature(one.pubKey, text, signature.subarray(1))).toBe(false)
  expect(curve.verifySignature(one.pubKey, Buffer.from('holb'), signature)).toBe(false)
  expect(curve.verifySignature(other.pubKey, text, signature)).toBe(false)
})

test('both implementations agree on the same secret', () => {
  for (let run = 0; run < 100; run++) {
    const [one, other] = [curve.generateKeyPair(), curve.generateKeyPair()]
    const secret = curve.calculateAgreement(other.pubKey, one.privKey)
    expect(secret).toEqual(slowAgreement(other.pubKey, one.privKey))
    expect(secret).toEqual(curve.calculateAgreement(one.pubKey, other.privKey))
  }
})

test('the vectors of RFC 7748 hold', () => {
  const hex = (text: string) => Buffer.from(text, 'hex')
  const vectors = [
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ] as const
  for (const [scalar, point, secret] of vectors) {
    expect(curve.calculateAgreement(hex(point), hex(scalar)).toString('hex')).toBe(secret)
  }
})

test('a public key that makes every secret the same is refused', () => {
  const { privKey } = curve.generateKeyPair()
  expect(() => curve.calculateAgreement(Buffer.alloc(32), privKey)).toThrow('low order')
  expect(() => curve.calculateAgreement(randomBytes(31), privKey)).toThrow('not 31')
  expect(() => curve.calculateAgreement(randomBytes(33).fill(4, 0, 1), privKey)).toThrow('not 33')
  expect(() => curve.calculateAgreement(randomBytes(32), privKey.subarray(1))).toThrow('not 31')
})

test('a session does not begin with a pre-key whose signature is forged', () => {
  const { pubKey, privKey } = curve.generateKeyPair()
  const preKey = curve.generateKeyPair().pubKey
  const signature = curve.calculateSignature(privKey, preKey)
  expect(curve.verifySignature(pubKey, preKey, signature, true)).toBe(true)
  expect(() => curve.verifySignature(pubKey, preKey, randomBytes(64), true)).toThrow('signed pre-key')
})
