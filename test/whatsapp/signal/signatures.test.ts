import { Curve, WA_CERT_DETAILS } from '@whiskeysockets/baileys'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { enforceSignatures, trustRootKey } from '../../../src/whatsapp/baileys-internals.ts'

const message = Buffer.from('what was signed')

describe('a signature', () => {
  const original = Curve.verify
  const key = Curve.generateKeyPair()
  const right = Curve.sign(key.private, message)

  beforeAll(() => enforceSignatures())

  test('that is right passes, with either form of the key', () => {
    expect(Curve.verify(key.public, message, right)).toBe(true)
    expect(Curve.verify(Buffer.concat([Buffer.from([5]), key.public]), message, right)).toBe(true)
  })

  test('that is wrong in one bit, over other bytes, or of another key is refused', () => {
    for (const at of [0, 31, 32, 40]) {
      const wrong = Buffer.from(right)
      wrong[at] = (wrong[at] ?? 0) ^ 1
      expect(Curve.verify(key.public, message, wrong)).toBe(false)
    }
    expect(Curve.verify(key.public, Buffer.from('something else'), right)).toBe(false)
    expect(Curve.verify(Curve.generateKeyPair().public, message, right)).toBe(false)
  })

  test('without sense is refused without harm', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(63), Buffer.alloc(65), Buffer.alloc(64)]) {
      expect(Curve.verify(key.public, message, bytes)).toBe(false)
    }
    expect(Curve.verify(Buffer.alloc(3), message, right)).toBe(false)
    expect(Curve.verify(undefined as unknown as Uint8Array, message, right)).toBe(false)
  })

  test('would pass without our check, whatever it is', () => {
    expect(original(key.public, message, Buffer.alloc(64, 7))).toBe(true)
    expect(Curve.verify(key.public, message, Buffer.alloc(64, 7))).toBe(false)
  })
})

describe('the root key', () => {
  const whatsapp = Buffer.from(WA_CERT_DETAILS.PUBLIC_KEY).toString('hex')
  const trusted = () => Buffer.from(WA_CERT_DETAILS.PUBLIC_KEY).toString('hex')
  const own = '0123456789abcdef'.repeat(4)

  afterEach(() => trustRootKey(null))

  test('is WhatsApp’s where none is given', () => {
    trustRootKey(null)
    expect(trusted()).toBe(whatsapp)
  })

  test('is the given one, as hex or base64, and WhatsApp’s no longer', () => {
    trustRootKey(own)
    expect(trusted()).toBe(own)
    trustRootKey(own.toUpperCase())
    expect(trusted()).toBe(own)
    trustRootKey(Buffer.from(own, 'hex').toString('base64'))
    expect(trusted()).toBe(own)
  })

  test('goes back to WhatsApp’s', () => {
    trustRootKey(own)
    trustRootKey(null)
    expect(trusted()).toBe(whatsapp)
  })
})
