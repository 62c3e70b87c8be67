import { Authenticator, type SavedAuthenticator } from './webauthn.ts'

/** Sets how the network behaves for an account with a passkey. */
export interface ProtectionOptions {
  /** True if the notification carries the request, the default; false if the device has to fetch it. */
  embedsRequest?: boolean
  /** The lifetime of a request in milliseconds; ten minutes by default. */
  challengeMs?: number
  /** True, the default, if the phone accepts the device's proof that it showed the code. Otherwise codes are compared. */
  trustsHandoff?: boolean
}

/** Protects an account from being linked by a person who holds its phone for a moment. */
export class PasskeyProtection {
  readonly authenticator: Authenticator
  readonly embedsRequest: boolean
  readonly challengeMs: number
  readonly trustsHandoff: boolean
  /** The code on the phone's screen. */
  code: string | undefined
  /** Reason why the last attempt was refused. */
  problem: string | undefined

  constructor(options: ProtectionOptions = {}, saved?: SavedAuthenticator) {
    this.authenticator = new Authenticator(saved)
    this.embedsRequest = options.embedsRequest ?? true
    this.challengeMs = options.challengeMs ?? 10 * 60_000
    this.trustsHandoff = options.trustsHandoff ?? true
  }
}
