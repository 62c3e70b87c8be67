import { Curve, initAuthCreds, proto, signedKeyPair } from '@whiskeysockets/baileys'
import type { SignalDataSet, SignalDataTypeMap } from '@whiskeysockets/baileys'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { SessionVault } from '../../../src/core/ports.ts'
import { emptyRecord } from '../../../src/signal/session-record.ts'
import type { SessionStore } from '../../../src/db/sessions/session-store.ts'
import { AuthState } from '../../../src/whatsapp/signal/auth-state.ts'
import { at, openSessions } from '../../db/folder.ts'
import { turns } from '../../util/turns.ts'

let store: SessionStore
let vault: SessionVault
let auth: AuthState

beforeEach(async () => {
  store = await openSessions()
  vault = store.vault(1)
  auth = await AuthState.load(vault)
})

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, n) => (n * 37) % 256))

/** Values as the library itself makes them. */
const values = {
  'pre-key': Curve.generateKeyPair(),
  session: {
    version: 'v1',
    _sessions: { 'BQ==': { registrationId: 7, currentRatchet: { rootKey: 'AAEC', 0: 1 }, 1: 2, 3: 4 } },
  } as unknown as Uint8Array,
  'sender-key': Buffer.from(JSON.stringify([{ senderKeyId: 3, senderChainKey: { iteration: 0 } }])),
  'sender-key-memory': { '5491112345678:1@s.whatsapp.net': true, '2@lid': false },
  'app-state-sync-key': proto.Message.AppStateSyncKeyData.fromObject({
    keyData: bytes(32),
    fingerprint: { rawId: 12, currentIndex: 1, deviceIndexes: [0, 1] },
    timestamp: 1_700_000_000,
  }),
  'app-state-sync-version': {
    version: 5,
    hash: bytes(128),
    indexValueMap: { 'AbC+/=': { valueMac: new Uint8Array(bytes(32)) }, 'x==': { valueMac: bytes(32) } },
  },
  'lid-mapping': '123456789012345',
  'device-list': ['0', '3', '12'],
  tctoken: { token: bytes(20), timestamp: '1700000000', senderTimestamp: 5 },
  'identity-key': new Uint8Array(bytes(33)),
} satisfies SignalDataTypeMap

const types = Object.keys(values) as (keyof SignalDataTypeMap)[]

/** Bytes compare as bytes, whether they are a Buffer or not. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

describe.each(types)('a value of type %s', (type) => {
  test('comes out as the library put it in, also after a restart', async () => {
    await auth.keys.set({ [type]: { a: values[type], '123.4': values[type] } } as SignalDataSet)
    for (const state of [auth, await AuthState.load(vault)]) {
      const found = await state.keys.get(type, ['a', '123.4', 'missing'])
      expect(Object.keys(found).toSorted()).toEqual(['123.4', 'a'])
      expect(plain(found['a'])).toEqual(plain(values[type]))
    }
  })

  test('is gone once it is set to null', async () => {
    await auth.keys.set({ [type]: { a: values[type], b: values[type] } } as SignalDataSet)
    await auth.keys.set({ [type]: { a: null } } as SignalDataSet)
    expect(Object.keys(await auth.keys.get(type, ['a', 'b']))).toEqual(['b'])
  })
})

test('binary parts come out as Buffers, because the library calls their methods', async () => {
  await auth.keys.set({
    'app-state-sync-version': { a: values['app-state-sync-version'] },
    'identity-key': { a: values['identity-key'] },
    'pre-key': { a: values['pre-key'] },
  })
  const [version, identity, preKey] = [
    (await auth.keys.get('app-state-sync-version', ['a']))['a'],
    (await auth.keys.get('identity-key', ['a']))['a'],
    (await auth.keys.get('pre-key', ['a']))['a'],
  ]
  for (const part of [version?.hash, version?.indexValueMap['AbC+/=']?.valueMac, identity, preKey?.private]) {
    expect(Buffer.isBuffer(part)).toBe(true)
  }
})

test('an app state key is a real message of the protocol again', async () => {
  await auth.keys.set({ 'app-state-sync-key': { a: values['app-state-sync-key'] } })
  const key = (await auth.keys.get('app-state-sync-key', ['a']))['a']
  expect(key).toBeInstanceOf(proto.Message.AppStateSyncKeyData)
})

test('asking for nothing gives nothing', async () => {
  expect(await auth.keys.get('session', [])).toEqual({})
})

describe('credentials', () => {
  const fault = (error: unknown) => {
    throw error
  }

  test('are new where none are stored, and stored once the library has changed them', async () => {
    expect(auth.creds.registered).toBe(false)
    expect(await vault.loadCreds()).toBeUndefined()
    auth.creds.me = { id: '5491138620812:1@s.whatsapp.net', lid: '1@lid' }
    auth.credsChanged(fault)
    await auth.settled()
    const again = await AuthState.load(vault)
    expect(again.creds.me).toEqual(auth.creds.me)
    expect(plain(again.creds)).toEqual(plain(auth.creds))
    expect(Buffer.isBuffer(again.creds.noiseKey.private)).toBe(true)
  })

  test('of every kind come out as they went in', async () => {
    const identity = Curve.generateKeyPair()
    const account = proto.ADVSignedDeviceIdentity.fromObject({
      details: bytes(10),
      accountSignature: bytes(64),
    })
    Object.assign(auth.creds, {
      ...initAuthCreds(),
      signedPreKey: signedKeyPair(identity, 3),
      account,
      signalIdentities: [{ identifier: { name: '1@lid', deviceId: 0 }, identifierKey: bytes(33) }],
      routingInfo: bytes(5),
    })
    auth.credsChanged(fault)
    await auth.settled()
    const again = (await AuthState.load(vault)).creds
    for (const part of ['signedPreKey', 'signalIdentities', 'routingInfo', 'noiseKey'] as const) {
      expect(plain(again[part])).toEqual(plain(auth.creds[part]))
    }
    // The library only ever encodes this one.
    const encoded = proto.ADVSignedDeviceIdentity.encode(again.account ?? {}).finish()
    expect(plain(encoded)).toEqual(plain(proto.ADVSignedDeviceIdentity.encode(account).finish()))
  })

  test('travel with the next keys in one commit', async () => {
    const commits: Parameters<SessionVault['commit']>[0][] = []
    const watched: SessionVault = {
      ...bound(vault),
      commit: (changes) => {
        commits.push(changes)
        return vault.commit(changes)
      },
    }
    const state = await AuthState.load(watched)
    state.creds.nextPreKeyId = 77
    state.credsChanged(fault)
    await state.keys.set({ 'pre-key': { 76: values['pre-key'] } })
    await turns()
    expect(commits).toHaveLength(1)
    expect(commits[0]?.creds).toContain('"nextPreKeyId":77')
    expect(commits[0]?.keys).toHaveLength(1)
  })

  test('that could not be written are written with the next keys', async () => {
    let broken = true
    const faults: unknown[] = []
    const watched: SessionVault = {
      ...bound(vault),
      commit: (changes) => (broken ? Promise.reject(new Error('disk full')) : vault.commit(changes)),
    }
    const state = await AuthState.load(watched)
    state.creds.nextPreKeyId = 78
    state.credsChanged((error) => faults.push(error))
    await turns()
    expect(faults).toMatchObject([{ message: 'disk full' }])
    broken = false
    await state.keys.set({ 'pre-key': { 1: values['pre-key'] } })
    expect(await vault.loadCreds()).toContain('"nextPreKeyId":78')
  })
})

test('a journal entry travels with the keys in one commit', async () => {
  const journal = { hash: 'h', stanza: '{}', plaintext: new Uint8Array([1]), second: 1, receivedAt: at(1) }
  const commit = vi.spyOn(vault, 'commit')
  await auth.step({ sessions: { a: emptyRecord }, keys: { 'pre-key': { 7: null } }, journal })
  expect(commit).toHaveBeenCalledOnce()
  expect(await vault.pending(10)).toMatchObject([{ hash: 'h', plaintext: Buffer.from([1]) }])
  expect(await vault.get('session', ['a'])).toEqual(new Map([['a', JSON.stringify(emptyRecord)]]))
})

/** A vault whose methods can be spread. */
function bound(vault: SessionVault): SessionVault {
  return new Proxy({} as SessionVault, {
    get: (_, name: keyof SessionVault) => vault[name].bind(vault),
    ownKeys: () => [
      'loadCreds',
      'get',
      'erasures',
      'commit',
      'clear',
      'findPlaintext',
      'pending',
      'countPending',
      'release',
      'setAside',
    ],
    getOwnPropertyDescriptor: (_, name) => ({
      enumerable: true,
      configurable: true,
      value: vault[name as keyof SessionVault].bind(vault),
    }),
  })
}

test('what the library writes after the end of a device is not kept, and a message is refused', async () => {
  auth.credsChanged(() => undefined)
  await auth.end()
  await vault.clear()
  await auth.keys.set({ 'device-list': { '5491112345678': ['0'] } })
  const journal = { hash: 'h', stanza: '{}', plaintext: bytes(3), second: 1, receivedAt: at(1) }
  await expect(auth.step({ journal })).rejects.toThrow('this device was logged out')
  await turns()
  expect(await vault.loadCreds()).toBeUndefined()
  expect((await vault.get('device-list', ['5491112345678'])).size).toBe(0)
  expect(await vault.pending(10)).toEqual([])
})
