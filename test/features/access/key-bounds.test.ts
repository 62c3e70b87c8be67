import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { addSecondAccount } from '../../apis/second-account.ts'

let app: TestApp
let owner: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
  await addSecondAccount(app, owner, '34600111222')
})
afterAll(() => app.stop())

const path = '/api-management/keys'
interface Key {
  id: number
  key: string
  accountId: number
}
async function make(client: HttpClient, fields: object): Promise<Key> {
  const reply = await client.post(path, { name: 'made', scopes: ['admin'], ...fields })
  expect(reply.status, reply.text).toBe(201)
  return reply.json as Key
}

test('a key gives neither others nor itself higher limits or a later end than it has', async () => {
  const end = new Date(Date.now() + 3_600_000)
  const own = { accountId: 2, perMinute: 200, perDay: 5000, expiresAt: end.toISOString() }
  const bound = await make(owner, own)
  const client = new HttpClient(app.url, bound.key)
  const inner = { name: 'made', scopes: ['read:bots'], ...own }
  const later = new Date(end.getTime() + 1000).toISOString()
  const more: object[] = [
    { perMinute: 201 },
    { perMinute: null },
    { perMinute: undefined },
    { perDay: null },
    { perDay: undefined },
    { perDay: 1_000_000_000 },
    { plan: 'enterprise', perMinute: undefined },
    { expiresAt: later },
    { expiresAt: null },
    { expiresAt: undefined },
  ]
  for (const fields of more) {
    const made = await client.post(path, { ...inner, ...fields })
    expect([made.status, fields]).toEqual([403, fields])
    expect(await client.post(path, { ...inner, ...fields, mode: 'test' })).toMatchObject({ status: 403 })
  }
  const other = await make(client, { ...inner, perMinute: 10 })
  for (const { id } of [bound, other]) {
    for (const fields of more.filter((each) => !Object.values(each).includes(undefined))) {
      expect([(await client.patch(`${path}/${id}`, fields)).status, fields]).toEqual([403, fields])
    }
  }
  expect((await client.patch(`${path}/${other.id}`, { perMinute: 200, name: 'wider' })).status).toBe(200)
  const wide = await make(owner, { accountId: 2, perMinute: 1000, scopes: ['read:bots'] })
  expect((await client.patch(`${path}/${wide.id}`, { name: 'only its name' })).status).toBe(200)
  expect((await client.patch(`${path}/${wide.id}`, { perMinute: 900 })).status).toBe(200)
  expect((await client.patch(`${path}/${wide.id}`, { perMinute: 950 })).status).toBe(403)
})

test('the owner’s first key may give any limits', async () => {
  for (const fields of [{ perMinute: null, perDay: 9 }, { perMinute: 1_000_000_000 }, { plan: 'growth' }]) {
    await make(owner, fields)
  }
})

test('each account has a test account of its own, which no key of another account reaches', async () => {
  const one = new HttpClient(app.url, (await make(owner, { accountId: 1, perMinute: 1000 })).key)
  const two = new HttpClient(app.url, (await make(owner, { accountId: 2, perMinute: 1000 })).key)
  const testOne = await make(one, { mode: 'test' })
  const testTwo = await make(two, { mode: 'test', accountId: 2 })
  const again = await make(owner, { mode: 'test', accountId: 1 })
  const general = await make(owner, { mode: 'test' })
  expect(again.accountId).toBe(testOne.accountId)
  expect(new Set([testOne.accountId, testTwo.accountId, general.accountId, 1, 2]).size).toBe(5)
  expect((await two.post(path, { name: 'x', scopes: ['admin'], mode: 'test', accountId: 1 })).status).toBe(
    403,
  )

  const said = { from: '34600333444', text: 'solo para la cuenta uno' }
  const asOne = new HttpClient(app.url, testOne.key)
  const asTwo = new HttpClient(app.url, testTwo.key)
  expect((await asOne.post('/api/v1/test/messages', said)).status).toBe(200)
  expect((await asOne.get('/api/v1/chats')).json).toMatchObject({ total: 1 })
  expect((await asTwo.get('/api/v1/chats')).json).toMatchObject({ total: 0 })
  for (const stranger of [two, asTwo]) {
    const listed = (await stranger.get(path)).json as Key[]
    expect(listed.map(({ id }) => id)).not.toContain(testOne.id)
    expect((await stranger.ask(`${path}/${testOne.id}`, { method: 'DELETE' })).status).toBe(404)
  }
  const seen = ((await one.get(path)).json as Key[]).map(({ id }) => id)
  expect(seen).toEqual(expect.arrayContaining([testOne.id, again.id]))
  expect((await one.ask(`${path}/${again.id}`, { method: 'DELETE' })).status).toBe(200)
})

test('the code that links a phone, in every form, is shown only to keys that may link one', async () => {
  const read = new HttpClient(app.url, (await make(owner, { scopes: ['read:accounts'] })).key)
  const write = new HttpClient(
    app.url,
    (await make(owner, { scopes: ['read:accounts', 'write:accounts'] })).key,
  )
  app.line.state = {
    kind: 'pairing',
    qr: '2@secret',
    pairingCode: null,
    until: new Date(Date.now() + 20_000),
  }
  await owner.post('/v1/whatsapp/accounts', { phone_number: '+34600777666', name: 'New' })
  const accounts = '/v1/whatsapp/accounts'
  const urlOf = async (client: HttpClient) => {
    const { data } = (await client.get(accounts)).json as {
      data: { id: string; qr_code_url: string | null }[]
    }
    return data.find(({ id }) => id === 'wha_5' || id === 'wha_6')?.qr_code_url ?? data.at(-1)!.qr_code_url!
  }
  const plain = await urlOf(read)
  expect(plain).not.toContain('token')
  const one = new URL(plain).pathname.replace('/qr-code', '')
  expect((await read.get(one)).text).not.toContain('token')
  for (const query of ['', '?format=json']) {
    expect((await read.get(`${one}/qr-code${query}`)).status).toBe(403)
    expect((await write.get(`${one}/qr-code${query}`)).status).toBe(200)
  }
  const signed = new URL(await urlOf(write))
  expect((await read.get(`${signed.pathname}${signed.search}`, { key: null })).status).toBe(200)
})
