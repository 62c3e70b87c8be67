import { Authenticator, type SavedAuthenticator } from './webauthn.ts'

export interface ProtectionOptions {
  /** Whether the request comes with the notification or has to be fetched; with it by default. */
  embedsRequest?: boolean
  /** How long a request lives; ten minutes by default. */
  challengeMs?: number
  /** Whether the phone takes the device's proof that it showed the code; true by default. Otherwise codes are compared. */
  trustsHandoff?: boolean
}

/** What protects an account from being linked by whoever has its phone in hand for a moment. */
export class PasskeyProtection {
  readonly authenticator: Authenticator
  readonly embedsRequest: boolean
  readonly challengeMs: number
  readonly trustsHandoff: boolean
  /** The code that the phone shows now. */
  code: string | undefined
  /** Why the last attempt was refused. */
  problem: string | undefined

  constructor(options: ProtectionOptions = {}, saved?: SavedAuthenticator) {
    this.authenticator = new Authenticator(saved)
    this.embedsRequest = options.embedsRequest ?? true
    this.challengeMs = options.challengeMs ?? 10 * 60_000
    this.trustsHandoff = options.trustsHandoff ?? true
  }
}
