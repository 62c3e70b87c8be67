import { proto } from '@whiskeysockets/baileys'
import { isSignedBy } from '../protocol/keys.ts'

/** Prefixes of the data that the account's phone and the device sign at the linking (whatsmeow's pair.go). */
export const accountSignaturePrefix = Buffer.from([6, 0])
export const deviceSignaturePrefix = Buffer.from([6, 1])

/** Holds the public keys that sign a device identity. */
export interface DeviceKeys {
  readonly account: Buffer
  readonly device: Buffer
}

/** Tells whether both the account's phone and the device have signed the identity with these keys. */
export function isDeviceIdentity(encoded: Buffer, keys: DeviceKeys): boolean {
  try {
    const identity = proto.ADVSignedDeviceIdentity.decode(encoded)
    const { details, accountSignature, accountSignatureKey, deviceSignature } = identity
    if (!details || !accountSignature || !deviceSignature) return false
    if (accountSignatureKey?.length && !keys.account.equals(accountSignatureKey)) return false
    return (
      isSignedBy(
        keys.account,
        Buffer.concat([accountSignaturePrefix, details, keys.device]),
        accountSignature,
      ) &&
      isSignedBy(
        keys.device,
        Buffer.concat([deviceSignaturePrefix, details, keys.device, keys.account]),
        deviceSignature,
      )
    )
  } catch {
    return false
  }
}
