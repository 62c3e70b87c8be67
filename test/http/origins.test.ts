import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { ClientOrigins } from '../../src/http/requests/client-origin.ts'
import { listeningUrl } from '../../src/http/requests/base-url.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'

let app: TestApp | undefined
afterEach(async () => {
  await app?.stop()
  app = undefined
})

interface From {
  peer?: string
  headers?: Record<string, string>
  local?: string
  publicUrl?: string | null
  host?: string
  trustedProxies?: string[]
}

function read(from: From) {
  const { peer = '203.0.113.9', headers = {}, local = '198.51.100.1', publicUrl = null } = from
  const { host = '0.0.0.0', trustedProxies = ['10.0.0.0/8', '127.0.0.1'] } = from
  const socket = { remoteAddress: peer, localAddress: local, localPort: 3000 }
  return new ClientOrigins({ trustedProxies, publicUrl, host }).read({
    headers,
    socket,
  } as unknown as IncomingMessage)
}

test.each<[string, From, string]>([
  [
    'without a proxy the peer is the client, whatever it says',
    { headers: { 'x-forwarded-for': '1.1.1.1' } },
    '203.0.113.9',
  ],
  [
    'a trusted proxy names the client',
    { peer: '10.0.0.1', headers: { 'x-forwarded-for': '198.51.100.7' } },
    '198.51.100.7',
  ],
  [
    'what the client itself wrote before it is not believed',
    { peer: '10.0.0.1', headers: { 'x-forwarded-for': '1.1.1.1, 198.51.100.7' } },
    '198.51.100.7',
  ],
  [
    'a chain of trusted proxies is followed',
    { peer: '::ffff:10.0.0.1', headers: { 'x-forwarded-for': '6.6.6.6, 198.51.100.7, 10.2.3.4' } },
    '198.51.100.7',
  ],
  [
    'nonsense ends the chain',
    { peer: '10.0.0.1', headers: { 'x-forwarded-for': '198.51.100.7, evil' } },
    '10.0.0.1',
  ],
  [
    'ports and brackets are taken off',
    { peer: '127.0.0.1', headers: { 'x-forwarded-for': '[2001:db8::7]:4711' } },
    '2001:db8::7',
  ],
  [
    'the standard header is read',
    { peer: '127.0.0.1', headers: { forwarded: 'for=1.1.1.1, for="198.51.100.7:80";proto=https' } },
    '198.51.100.7',
  ],
  [
    'two headers that disagree are not believed',
    { peer: '127.0.0.1', headers: { forwarded: 'for=1.1.1.1', 'x-forwarded-for': '198.51.100.7' } },
    '127.0.0.1',
  ],
])('%s', (_, from, address) => {
  expect(read(from).address).toBe(address)
})

test.each<[string, From, string | undefined]>([
  ['the name of the machine that was used', { headers: { host: 'localhost:8080' } }, 'http://localhost:8080'],
  [
    'an address of the local network that was used',
    { headers: { host: '192.168.1.5:3000' } },
    'http://192.168.1.5:3000',
  ],
  ['not a name that anybody may send', { headers: { host: 'evil.example' } }, 'http://198.51.100.1:3000'],
  ['not the address that means all', { headers: { host: '0.0.0.0:3000' } }, 'http://198.51.100.1:3000'],
  [
    'not what a stranger says of a proxy',
    { headers: { host: '198.51.100.1', 'x-forwarded-host': 'evil.example' } },
    'http://198.51.100.1',
  ],
  [
    'what a trusted proxy says',
    {
      peer: '10.0.0.1',
      headers: { host: 'x', 'x-forwarded-host': 'wa.example', 'x-forwarded-proto': 'https' },
    },
    'https://wa.example',
  ],
  [
    'the name that a trusted proxy passes on',
    { peer: '10.0.0.1', headers: { host: 'wa.example' } },
    'http://wa.example',
  ],
  ['an IPv6 address to which the client connected', { local: '2001:db8::1' }, 'http://[2001:db8::1]:3000'],
  [
    'nothing where the configuration says it',
    { publicUrl: 'https://wa.example', headers: { host: 'localhost' } },
    undefined,
  ],
])('links begin with %s', (_, from, base) => {
  expect(read(from).baseUrl).toBe(base)
})

test('on loopback, names that are not of this machine, its public address or a proxy are refused', () => {
  const local = { host: '127.0.0.1', trustedProxies: [], peer: '127.0.0.1' }
  for (const host of [
    '127.0.0.1:3000',
    'localhost',
    'LOCALHOST:1',
    '[::1]:3000',
    'a.localhost',
    '127.1.2.3',
    'wa.example:443',
  ]) {
    expect(() => read({ ...local, publicUrl: 'https://wa.example', headers: { host } }), host).not.toThrow()
  }
  expect(() => read(local)).not.toThrow()
  for (const host of [
    'attacker.example',
    'localhost.attacker.example',
    '10.0.0.1',
    '127.0.0.1.nip.io',
    '0.0.0.0:3000',
    '[::1].attacker.example:3000',
    '[::1]attacker.example',
    'attacker.example@127.0.0.1',
    'localhost/attacker.example',
    'localhost attacker.example',
  ]) {
    expect(() => read({ ...local, headers: { host } }), host).toThrow(/server\.publicUrl/)
  }
  expect(() =>
    read({ ...local, trustedProxies: ['127.0.0.1'], headers: { host: 'wa.example' } }),
  ).not.toThrow()
})

test('a server on all addresses is never linked to as 0.0.0.0', () => {
  expect(listeningUrl({ host: '0.0.0.0', port: 1 })).toMatch(/^http:\/\/(?!0\.0\.0\.0)[\d.]+:1$/)
  expect(listeningUrl({ host: '::', port: 1 })).toMatch(/^http:\/\/(?!\[::\])/)
})

function get(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}

test('over HTTP a foreign name is refused everywhere, and links are those of each client, also in remembered answers', async () => {
  app = await startTestApp()
  const { port } = new URL(app.url)
  const authorization = `Bearer ${app.key}`
  for (const path of ['/readyz', '/openapi.json', '/api', '/healthz', '/nothing', '/api/v1/chats']) {
    expect((await get(`${app.url}${path}`, { host: 'attacker.example', authorization })).status).toBe(403)
  }
  await app.inbound({ phone: '5491162328014', text: '', kind: 'text' })
  const accounts = async (host: string) =>
    (await get(`${app!.url}/v1/whatsapp/accounts`, { host, authorization })).text
  await get(`${app.url}/healthz`, {})
  await app.store.write((trx) =>
    trx.updateTable('accounts').set({ status: 'pending', phone: null }).execute(),
  )
  expect(await accounts(`localhost:${port}`)).toContain(`http://localhost:${port}/v1/`)
  expect(await accounts(`127.0.0.1:${port}`)).toContain(`http://127.0.0.1:${port}/v1/`)
})

test('a caller without a key is told only whether the gateway is ready, and a key is told about its own accounts', async () => {
  app = await startTestApp()
  expect(JSON.parse((await get(`${app.url}/readyz`, {})).text)).toEqual({ status: 'ready' })
  const known = await get(`${app.url}/readyz`, { authorization: `Bearer ${app.key}` })
  expect(JSON.parse(known.text)).toEqual({
    status: 'ready',
    accounts: [{ id: 1, account: 'wha_1', state: 'open' }],
  })
  app.line.become({ kind: 'closed', reason: 'logged_out', since: new Date() })
  const down = await get(`${app.url}/readyz`, {})
  expect(down.status).toBe(503)
  expect(down.text).not.toContain('Account wha_1')
  const told = await get(`${app.url}/readyz`, { authorization: `Bearer ${app.key}` })
  expect(told.text).toContain('Account wha_1: The phone removed this device.')
})
