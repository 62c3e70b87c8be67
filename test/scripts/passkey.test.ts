import { afterEach, expect, test, vi } from 'vitest'
import { readFile } from 'node:fs/promises'
import { runInNewContext } from 'node:vm'
import { Authenticator, pageOrigin, verifyAssertion } from '../../src/sandbox/linking/webauthn.ts'

const source = new URL('../../scripts/passkey/extension/sign.js', import.meta.url)
const pageSource = new URL('../../scripts/passkey/extension/page.js', import.meta.url)
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

/** Opens the extension's page, types an address of a gateway and a key, and presses the button. */
async function submit(gateway: string) {
  const text = (await readFile(pageSource, 'utf8')).replace(/^import .*$/m, 'const signHere = undefined')
  const listeners: Record<string, (event: object) => void> = {}
  const fields: Record<string, { value: string; textContent: string; hidden: boolean }> = {}
  const field = (id: string) => (fields[id] ??= { value: '', textContent: '', hidden: true })
  const document = {
    getElementById: (id: string) =>
      Object.assign(field(id), {
        addEventListener: (_: string, act: (event: object) => void) => (listeners[id] = act),
      }),
  }
  const asked: string[] = []
  const fetched: string[] = []
  const chrome = {
    permissions: {
      request: ({ origins }: { origins: string[] }) => {
        asked.push(...origins)
        return Promise.resolve(true)
      },
    },
  }
  const fetch = (url: string) => {
    fetched.push(url)
    return Promise.resolve({
      ok: true,
      json: () => Promise.resolve({ request: null, say: 'Nothing to sign.' }),
    })
  }
  runInNewContext(text, { document, chrome, fetch, URL, encodeURIComponent, setTimeout })
  Object.assign(field('gateway'), { value: gateway })
  Object.assign(field('account'), { value: 'wha_1' })
  Object.assign(field('key'), { value: 'secret' })
  listeners['form']?.({ preventDefault: () => undefined })
  await new Promise(setImmediate)
  return { asked, fetched, said: field('say').textContent }
}

test.each([
  'http://gateway.example:3000',
  'http://192.168.1.20:3000',
  'http://127.0.0.1.example:3000',
  'http://localhost.example',
  'http://0177.example/#http://127.0.0.1',
  'ftp://127.0.0.1',
])('the page sends no key to %s, which others on the way could read', async (gateway) => {
  const { asked, fetched, said } = await submit(gateway)
  expect([asked, fetched]).toEqual([[], []])
  expect(said).toContain('use an address with https://')
})

test.each([
  ['https://gateway.example', 'https://gateway.example'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ['http://localhost:3000/any', 'http://localhost:3000'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
])('the page asks the gateway at %s', async (gateway, origin) => {
  const { fetched, said } = await submit(gateway)
  expect(fetched).toEqual([`${origin}/v1/whatsapp/accounts/wha_1/passkey`])
  expect(said).toBe('Nothing to sign.')
})
