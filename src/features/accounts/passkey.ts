/** Holds the request that the owner's passkey signs: a WebAuthn request as JSON, with bytes in base64url. */
export interface PasskeyRequest {
  challenge: string
  /** The domain that the passkey belongs to. */
  rpId: string
  /** The complete request as WhatsApp wrote it; a browser takes it as `publicKey`. */
  options: Readonly<Record<string, unknown>>
}

/** Holds the browser's answer to the request. All bytes are base64url without padding and passed on as they are. */
export interface PasskeyAssertion {
  id: string
  rawId: string
  type: 'public-key'
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle: string | null
  }
}

/**
 * Says where the linking of an account stands that is protected by a passkey.
 *
 * - `assertion`    WhatsApp wants the owner's passkey; left by handing in an assertion that it accepts.
 * - `phone`        accepted; the phone has to answer.
 * - `confirmation` the phone shows a code: a person compares and confirms it.
 * - `finishing`    everything is said; the phone signs the new device. A code that it shows must be this one.
 */
export type PasskeyStage =
  | { step: 'assertion'; until: Date; request: PasskeyRequest }
  | { step: 'phone'; until: Date }
  | { step: 'confirmation'; until: Date; code: string }
  | { step: 'finishing'; until: Date; code: string }

/**
 * Says, for the caller, why an assertion cannot answer the request; undefined if it can. The checks are those of WebAuthn Level
 * 3, section 7.2. WhatsApp allows one try per request (observed on the wire), so an obvious mismatch is not sent.
 */
export function faultOfAssertion(assertion: PasskeyAssertion, request: PasskeyRequest): string | undefined {
  const data = readClientData(assertion.response.clientDataJSON)
  if (data === undefined) return 'clientDataJSON is not the JSON of a browser'
  if (data['type'] !== 'webauthn.get') return 'it was not made to log in'
  if (data['challenge'] !== request.challenge) return 'it was made for another request'
  const origin = data['origin']
  const host = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin).hostname : ''
  const own = host === request.rpId || host.endsWith(`.${request.rpId}`)
  return own ? undefined : `it was not made on a page of ${request.rpId}`
}

function readClientData(text: string): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Compares codes, however they were typed. */
export function isSameCode(shown: string, typed: string): boolean {
  return plain(shown) === plain(typed)
}

function plain(code: string): string {
  return code.replace(/[\s-]/g, '').toUpperCase()
}
