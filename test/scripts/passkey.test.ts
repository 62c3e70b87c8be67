import { afterEach, expect, test, vi } from 'vitest'
import { readFile } from 'node:fs/promises'
import { runInNewContext } from 'node:vm'
import { Authenticator, pageOrigin, verifyAssertion } from '../../src/sandbox/linking/webauthn.ts'

const source = new URL('../../scripts/passkey/extension/sign.js', import.meta.url)
const passkey = new Authenticator()
const id = passkey.credentialId.toString('base64url')
const request = {
  // Both letters in which base64url differs from base64, and lengths that would need padding.
  challenge: Buffer.from('fbffbf00ff', 'hex').toString('base64url'),
  rpId: 'whatsapp.com',
  timeout: 60_000,
  allowCredentials: [{ id, type: 'public-key', transports: ['internal'] }],
  userVerification: 'required',
}

type Asked = { publicKey: { challenge: Uint8Array; allowCredentials: { id: Uint8Array }[]; rpId: string } }
type Get = (asked: Asked) => Promise<unknown>
type Result = { assertion?: object; error?: string }

afterEach(() => {
  vi.restoreAllMocks()
})

/** The function as the browser gets it: its text alone, in a page with a button that is clicked at once. */
async function signIn(page: { get: Get }, buttons: string[] = []): Promise<Result> {
  const text = (await readFile(source, 'utf8')).replace('export async function', 'async function')
  const button = {
    style: {},
    textContent: '',
    addEventListener: (_: string, press: () => void) => press(),
    remove: () => buttons.push('removed'),
  }
  const document = { createElement: () => button, body: { append: () => buttons.push('shown') } }
  const globals = { document, navigator: { credentials: page }, atob, btoa, Uint8Array, Error, request }
  return runInNewContext(`${text}; signHere(request)`, globals) as Promise<Result>
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url')).buffer

test('the page signs what WhatsApp asked for, in the form that WhatsApp takes', async () => {
  const buttons: string[] = []
  const get: Get = ({ publicKey }) => {
    expect(Buffer.from(publicKey.challenge).toString('hex')).toBe('fbffbf00ff')
    expect(Buffer.from(publicKey.allowCredentials[0]?.id ?? []).toString('base64url')).toBe(id)
    const challenge = Buffer.from(publicKey.challenge).toString('base64url')
    const { response } = passkey.assert({ challenge, rpId: publicKey.rpId }, pageOrigin)
    return Promise.resolve({
      id,
      rawId: bytes(id),
      type: 'public-key',
      response: {
        clientDataJSON: bytes(response.clientDataJSON),
        authenticatorData: bytes(response.authenticatorData),
        signature: bytes(response.signature),
        userHandle: null,
      },
    })
  }
  const { assertion } = await signIn({ get }, buttons)
  expect(() => verifyAssertion(JSON.stringify(assertion), passkey, request.challenge)).not.toThrow()
  expect(buttons).toEqual(['shown', 'removed'])
})

test('an owner who declines gets the reason, and the button goes', async () => {
  const buttons: string[] = []
  const get: Get = () => Promise.reject(new Error('The operation was not allowed.'))
  const { error } = await signIn({ get }, buttons)
  expect(error).toBe('Error: The operation was not allowed.')
  expect(buttons).toEqual(['shown', 'removed'])
})
