import { Curve } from '@whiskeysockets/baileys'
import type { AuthState } from './auth-state.ts'

/**
 * Number of one-time pre-keys that the library uploads for a new device (INITIAL_PREKEY_COUNT in its lib/Defaults/index.js).
 */
const uploadedAtFirst = 812
/** Made in one piece: 7 ms on a desktop computer, some 50 on a Raspberry Pi. */
const madeAtOnce = 20

/**
 * Makes the one-time pre-keys of a device that is not linked yet, piece by piece. The library would make all of them while the
 * device is being linked, and hold up everything else for a third of a second (lib/Utils/signal.js); it uses the ones it finds.
 */
export async function makePreKeys(auth: Pick<AuthState, 'creds' | 'storeWithCreds'>): Promise<void> {
  const { creds } = auth
  const first = creds.nextPreKeyId
  if (creds.me || first > 1) return
  const pairs: Record<number, ReturnType<typeof Curve.generateKeyPair>> = {}
  for (let id = first; id < first + uploadedAtFirst; id++) {
    pairs[id] = Curve.generateKeyPair()
    if (id % madeAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  creds.nextPreKeyId = first + uploadedAtFirst
  await auth.storeWithCreds({ 'pre-key': pairs })
}
