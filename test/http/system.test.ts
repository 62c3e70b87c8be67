import { afterEach, expect, test } from 'vitest'
import { makeUrlSigner } from '../../src/util/signed-url.ts'
import { systemClock } from '../../src/util/clock.ts'
import { startGateway } from '../apis/gateway.ts'
import type { Gateway, Scene } from '../apis/gateway.ts'
import { secret } from './kernel.ts'
import { refusal } from './refusal.ts'

const qrPath = '/v1/whatsapp/accounts/wha_1/qr-code'
const until = new Date('2026-03-25T14:00:20.000Z')
const pairing = {
  state: { kind: 'pairing', qr: '2@abc', until, pairingCode: null },
  say: 'Scan the code.',
} as const
const open = { state: { kind: 'open', since: until }, say: 'Connected.' } as const

let gateway: Gateway | undefined
afterEach(() => gateway?.server.stop())

async function given(scene: Scene) {
  gateway = await startGateway({ scopes: ['read:accounts', 'write:accounts'], ...scene })
  return gateway.client
}

test('/healthz answers while the process is alive', async () => {
  const client = await given({ database: () => Promise.reject(new Error('broken')) })
  expect(await client.get('/healthz', { key: null })).toMatchObject({ status: 200, json: { status: 'ok' } })
})

test('/readyz is ready while every account is connected', async () => {
  const client = await given({ report: open })
  const ready = { status: 'ready', accounts: [{ id: 1, account: 'wha_1', state: 'open' }] }
  expect(await client.get('/readyz')).toMatchObject({ status: 200, json: ready })
  expect((await client.get('/readyz', { key: null })).json).toEqual({ status: 'ready' })
})

test('/readyz is 503 with the plain reason while an account is not connected, without its number', async () => {
  const client = await given({ report: { ...pairing, say: 'Scan the code with 5491112345678.' } })
  const reply = await client.get('/readyz')
  const message = 'Account wha_1: Scan the code with 5491…78.'
  expect(refusal(reply)).toMatchObject({ status: 503, code: 'unavailable', message })
  expect(reply.headers.get('retry-after')).toBe('30')
  const stranger = refusal(await client.get('/readyz', { key: null }))
  expect(stranger).toMatchObject({ status: 503, message: expect.not.stringContaining('Account 1') })
})

test('/readyz is 503 while the database does not work', async () => {
  const client = await given({ report: open, database: () => Promise.reject(new Error('SQLITE_IOERR')) })
  expect(refusal(await client.get('/readyz'))).toMatchObject({
    status: 503,
    message: 'The database does not work',
  })
})

test('BOTBIZ-25 the code is a PNG', async () => {
  const client = await given({ report: pairing })
  const response = await client.get(qrPath)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(response.text.slice(1, 4)).toBe('PNG')
  expect(response.headers.get('cache-control')).toBe('no-store')
})

test('BOTBIZ-25 format=json answers the code and its end', async () => {
  const client = await given({ report: pairing })
  const json = { qr: '2@abc', expires_at: '2026-03-25T14:00:20Z' }
  expect(await client.get(`${qrPath}?format=json`)).toMatchObject({ status: 200, json })
  expect((await client.get(`${qrPath}?format=svg`)).status).toBe(400)
})

test('BOTBIZ-25 a short-lived token in the address stands for the key', async () => {
  const client = await given({ report: pairing })
  const token = makeUrlSigner(secret, systemClock).sign(qrPath, 60_000)
  expect((await client.get(`${qrPath}?token=${token}`, { key: null })).status).toBe(200)
  const other = qrPath.replace('wha_1', 'wha_2')
  expect((await client.get(`${other}?token=${token}`, { key: null })).status).toBe(401)
})

test('BOTBIZ-25 an account that is linked already is 409', async () => {
  const client = await given({ report: open })
  expect(refusal(await client.get(qrPath))).toMatchObject({ status: 409, code: 'conflict' })
})

test('BOTBIZ-25 no code yet is 503, an account of others or none 404, a missing scope 403, no id 400', async () => {
  const client = await given({})
  expect(refusal(await client.get(qrPath))).toMatchObject({ status: 503, code: 'unavailable' })
  expect(refusal(await client.get(qrPath.replace('wha_1', 'wha_2')))).toMatchObject({ status: 404 })
  expect(refusal(await client.get(qrPath.replace('wha_1', 'wha_3')))).toMatchObject({ status: 404 })
  expect(refusal(await client.get(qrPath.replace('wha_1', 'main')))).toMatchObject({ status: 400 })
  await gateway?.server.stop()
  const without = await given({ scopes: ['read:accounts'] })
  const message = 'Insufficient API permissions. Required: write:accounts'
  expect(refusal(await without.get(qrPath))).toMatchObject({ status: 403, message })
})
