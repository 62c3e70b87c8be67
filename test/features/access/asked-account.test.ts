import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { ApiDocument } from '../../support/openapi-document.ts'
import { addSecondAccount } from '../../apis/second-account.ts'

let app: TestApp
let owner: HttpClient
let bound: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
  await app.inbound({ phone: '5491112345678', text: 'a la primera' })
  await addSecondAccount(app, owner, '34600111222')
  const made = await owner.post('/api-management/keys', { name: 'x', scopes: ['full'], accountId: 2 })
  bound = new HttpClient(app.url, (made.json as { key: string }).key)
})
afterAll(() => app.stop())

const on = (account: string) => ({ headers: { 'x-account': account } })
const phones = async (client: HttpClient, path: string, ask = {}) =>
  JSON.stringify((await client.get(path, ask)).json)

test('a key of all accounts chooses the account of a call by header or parameter, and gets the first one without', async () => {
  for (const path of ['/api/v1/chats', '/api/v1/conversations', '/api/v1/customers', '/api/v1/events']) {
    expect(await phones(owner, path)).toContain('5491112345678')
    for (const account of ['wha_2', '2']) {
      expect(await phones(owner, path, on(account))).toContain('34600111222')
      expect(await phones(owner, `${path}?account=${account}`)).toContain('34600111222')
      expect(await phones(owner, `${path}?account=${account}`)).not.toContain('5491112345678')
    }
    expect(await phones(owner, path, on('wha_1'))).toContain('5491112345678')
  }
})

test('what is sent goes out from the chosen account, and a repetition of the call must choose the same one', async () => {
  const body = { to: '34600111222', message: 'hola' }
  const headers = { 'idempotency-key': 'one' }
  const sent = await owner.post('/api/v1/send', body, { headers: { ...headers, 'x-account': 'wha_2' } })
  const { messageId } = sent.json as { messageId: number }
  expect((await owner.get(`/api/v1/messages/${messageId}`, on('2'))).status).toBe(200)
  expect((await owner.get(`/api/v1/messages/${messageId}`)).status).toBe(404)
  const again = await owner.post('/api/v1/send?account=2', body, { headers })
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect((await owner.post('/api/v1/send', body, { headers })).status).toBe(422)
})

test('an unknown account is 404, no account at all 400, and a key of one account stays on its own', async () => {
  for (const path of ['/api/v1/chats', '/api/v1/status']) {
    expect((await owner.get(path, on('wha_99'))).status).toBe(404)
    for (const wrong of ['x', '0', '-1', 'wha_', '1,2', '']) {
      expect((await owner.get(path, on(wrong))).status).toBe(400)
    }
    expect((await owner.get(`${path}?account=1&account=2`)).status).toBe(400)
    expect((await bound.get(path, on('wha_1'))).status).toBe(404)
    expect((await bound.get(path, on('wha_2'))).status).toBe(200)
    expect((await owner.get(path, { ...on('2'), key: null })).status).toBe(401)
  }
})

test('the document names the header on every route of BOTON and Botssy that acts on an account', async () => {
  const { operations } = await ApiDocument.of(app.url)
  for (const operation of operations) {
    const {
      path,
      security,
      parameters = [],
    } = operation as typeof operation & { parameters?: { name: string }[] }
    const isChosen = security.length > 0 && path.startsWith('/api') && !path.includes('/keys')
    expect([path, parameters.some(({ name }) => name === 'X-Account')]).toEqual([path, isChosen])
  }
})
