import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'

export const relyingParty = 'whatsapp.com'
export const pageOrigin = 'https://web.whatsapp.com'

/** Holds a passkey request as the server writes it: bytes in base64url without padding (WebAuthn Level 3). */
export interface PasskeyOptions {
  challenge: string
  timeout: number
  rpId: string
  allowCredentials: { id: string; type: 'public-key'; transports: string[] }[]
  userVerification: string
  extensions: Record<string, unknown>
}

/** Holds an assertion in the shape of a browser's `PublicKeyCredential.toJSON()`. */
export interface Assertion {
  id: string
  rawId: string
  type: string
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle: string | null
  }
}

/** Holds an authenticator in the state file. */
export interface SavedAuthenticator {
  credentialId: string
  privateKey: string
  count: number
}

const userPresent = 1
const userVerified = 4

/** Plays a passkey: an ES256 credential that signs as a browser with an authenticator does. */
export class Authenticator {
  readonly credentialId: Buffer
  readonly publicKey: KeyObject
  readonly #privateKey: KeyObject
  #count: number

  constructor(saved?: SavedAuthenticator) {
    this.credentialId = saved ? Buffer.from(saved.credentialId, 'base64url') : randomBytes(32)
    this.#privateKey = saved
      ? createPrivateKey({ key: Buffer.from(saved.privateKey, 'base64'), format: 'der', type: 'pkcs8' })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    this.publicKey = createPublicKey(this.#privateKey)
    this.#count = saved?.count ?? 0
  }

  /** Returns what `navigator.credentials.get` gives at a page of this origin, with the owner's consent. */
  assert({ challenge, rpId }: Pick<PasskeyOptions, 'challenge' | 'rpId'>, origin = pageOrigin): Assertion {
    this.#count += 1
    const clientData = JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false })
    const data = Buffer.alloc(37)
    createHash('sha256').update(rpId).digest().copy(data)
    data.writeUInt8(userPresent | userVerified, 32)
    data.writeUInt32BE(this.#count, 33)
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
    const id = this.credentialId.toString('base64url')
    return {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: Buffer.from(clientData).toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, this.#privateKey).toString('base64url'),
        userHandle: null,
      },
    }
  }

  save(): SavedAuthenticator {
    return {
      credentialId: this.credentialId.toString('base64url'),
      privateKey: this.#privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      count: this.#count,
    }
  }
}

/** Verifies an assertion in the order of WebAuthn Level 3, section 7.2. @throws Error with the first fault */
export function verifyAssertion(
  text: string,
  expected: { credentialId: Buffer; publicKey: KeyObject },
  challenge: string,
): void {
  const { rawId, type, response } = readAssertion(text)
  if (type !== 'public-key' || !bytes(rawId).equals(expected.credentialId))
    throw new Error('unknown credential')
  const clientData = bytes(response.clientDataJSON)
  const client = JSON.parse(clientData.toString('utf8')) as Record<string, unknown>
  if (client['type'] !== 'webauthn.get') throw new Error('not an assertion')
  if (client['challenge'] !== challenge) throw new Error('another challenge')
  if (client['origin'] !== pageOrigin) throw new Error('another origin')
  const data = bytes(response.authenticatorData)
  const party = createHash('sha256').update(relyingParty).digest()
  if (data.length < 37 || !data.subarray(0, 32).equals(party))
    throw new Error('made for another relying party')
  const flags = data.readUInt8(32)
  if (!(flags & userPresent) || !(flags & userVerified)) throw new Error('the owner did not confirm')
  const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
  const sound = verify('sha256', signed, expected.publicKey, bytes(response.signature))
  if (!sound) throw new Error('the signature is wrong')
}

function readAssertion(text: string): Assertion {
  const value = JSON.parse(text) as Partial<Assertion> | null
  const { clientDataJSON, authenticatorData, signature } = value?.response ?? {}
  const all = [value?.id, value?.rawId, value?.type, clientDataJSON, authenticatorData, signature]
  if (!all.every((field) => typeof field === 'string')) throw new Error('not an assertion')
  return value as Assertion
}

/** Decodes strictly: the server accepts no padding and no other alphabet. */
function bytes(text: string): Buffer {
  if (!/^[\w-]+$/.test(text)) throw new Error('not base64url')
  return Buffer.from(text, 'base64url')
}
