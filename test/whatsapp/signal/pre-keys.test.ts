import { Curve, getNextPreKeys, initAuthCreds } from '@whiskeysockets/baileys'
import type { AuthenticationCreds, SignalKeyStoreWithTransaction } from '@whiskeysockets/baileys'
import { expect, test, vi } from 'vitest'
import { AuthState } from '../../../src/whatsapp/signal/auth-state.ts'
import { makePreKeys } from '../../../src/whatsapp/signal/pre-keys.ts'
import { openSessions } from '../../db/folder.ts'

/** Returns the pre-keys that the library uploads when a device is linked. */
const upload = ({ creds, keys }: AuthState) =>
  getNextPreKeys({ creds, keys: keys as SignalKeyStoreWithTransaction }, 812)

test('the pre-keys of a new device are made before it is linked, and the library makes none', async () => {
  const vault = (await openSessions()).vault(1)
  await makePreKeys(await AuthState.load(vault))
  const auth = await AuthState.load(vault)
  const generate = vi.spyOn(Curve, 'generateKeyPair')
  const { preKeys, update } = await upload(auth)
  expect(generate).not.toHaveBeenCalled()
  generate.mockRestore()
  expect(Object.keys(preKeys)).toHaveLength(812)
  expect(preKeys[1]?.public).toHaveLength(32)
  expect(update).toEqual({ nextPreKeyId: 813, firstUnuploadedPreKeyId: 813 })
})

test('while the pre-keys are made, everything else goes on', async () => {
  const auth = await AuthState.load((await openSessions()).vault(1))
  let turns = 0
  const count = () => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  await makePreKeys(auth)
  clearImmediate(timer)
  expect(turns).toBeGreaterThan(30)
})

test('a device that is linked, or has pre-keys, gets no others', async () => {
  const storeWithCreds = vi.fn<AuthState['storeWithCreds']>()
  const linked: AuthenticationCreds = { ...initAuthCreds(), me: { id: '5491112345678:1@s.whatsapp.net' } }
  await makePreKeys({ creds: linked, storeWithCreds })
  await makePreKeys({ creds: { ...initAuthCreds(), nextPreKeyId: 813 }, storeWithCreds })
  expect(storeWithCreds).not.toHaveBeenCalled()
})
