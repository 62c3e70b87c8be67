import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../cli/run-cli.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { juan } from '../../apis/everything.ts'
import { until } from '../../support/until.ts'
import { addSecondAccount } from '../../apis/second-account.ts'

let app: TestApp
let owner: HttpClient
beforeEach(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const path = '/api-management/audit'
interface Entry {
  id: number
  action: string
  actor: string
  keyId: number | null
  address: string | null
  accountId: number | null
  subject: string | null
  detail: Record<string, unknown>
}
const audit = async (client = owner, query = '') => {
  const reply = await client.get(`${path}${query}`)
  expect(reply.status, reply.text).toBe(200)
  return reply.json as { entries: Entry[]; nextBefore: number | null }
}

test('an act of consequence is recorded with its actor and without a secret', async () => {
  await app.inbound({ phone: juan, text: 'hola' })
  const made = await owner.post('/api-management/keys', { name: 'CRM', scopes: ['admin'], accountId: 1 })
  const { id, key } = made.json as { id: number; key: string }
  const crm = new HttpClient(app.url, key)
  const hook = {
    name: 'h',
    url: 'https://93.184.215.14/s3cret?t=s3cret',
    events: ['*'],
    headers: { 'x-a': 's3cret' },
  }
  const webhook = (await crm.post('/api-management/webhooks', hook)).json as { id: number; secret: string }
  await crm.patch(`/api-management/webhooks/${webhook.id}`, { name: 'other' })
  await crm.post(`/api-management/webhooks/${webhook.id}/regenerate-secret`, {})
  await crm.post('/api/v1/config', { businessName: 'Kiosco' })
  await crm.patch('/api/v1/conversations/1', { takeover: true })
  await crm.post(
    '/api/v1/bot/knowledge',
    { title: 'Envíos', body: 'En tres días.' },
    {
      headers: { 'idempotency-key': 'one' },
    },
  )
  await crm.ask('/api/v1/customers/1', { method: 'DELETE' })
  await owner.ask(`/api-management/keys/${id}`, { method: 'DELETE' })
  const { entries } = await audit()
  expect(entries.map(({ action, keyId }) => [action, keyId])).toEqual([
    ['key.revoked', 1],
    ['customer.erased', id],
    ['knowledge.stored', id],
    ['chat.taken_over', id],
    ['settings.changed', id],
    ['webhook.secret_replaced', id],
    ['webhook.changed', id],
    ['webhook.created', id],
    ['key.created', 1],
  ])
  for (const entry of entries)
    expect(entry).toMatchObject({ actor: 'key', address: '127.0.0.1', accountId: 1 })
  const text = JSON.stringify(entries)
  for (const secret of ['s3cret', key, webhook.secret, juan, 'hola']) expect(text).not.toContain(secret)
})

test('names of accounts, consent, opt-outs and deletions of messages are recorded, without names and numbers of customers', async () => {
  await app.inbound({ phone: juan, text: 'hola' })
  const { json } = await owner.post('/api/v1/send', { to: juan, message: 'adiós' })
  const { messageId } = json as { messageId: number }
  await until('it is out', async () => (await app.services.messages.get(1, messageId)).status === 'sent')
  await owner.patch('/v1/whatsapp/accounts/wha_1', { name: 'Kiosco' })
  await owner.patch('/api/v1/customers/1', { acceptsMarketing: true })
  await owner.patch('/api/v1/customers/1', { acceptsMarketing: true, name: 'Juan' })
  const eva = { name: 'Eva', phone: '5491155550002' }
  await owner.post('/api/v1/customers', { ...eva, acceptsMarketing: true })
  await owner.post('/api/v1/customers', { name: 'Leo', phone: '5491155550003' })
  await owner.patch(`/api/v1/bot/chats/${juan}`, { optedOut: true })
  await owner.patch(`/api/v1/bot/chats/${juan}`, { optedOut: true })
  await owner.patch('/api/v1/conversations/1', { botEnabled: true })
  await owner.ask(`/api/v1/messages/${messageId}`, { method: 'DELETE' })
  const { entries } = await audit()
  expect(entries.map(({ action, subject, detail }) => [action, subject, detail])).toEqual([
    ['message.deleted', `message ${messageId}`, {}],
    ['chat.changed', 'chat 1', { botEnabled: true }],
    ['chat.changed', 'chat 1', { optedOut: true }],
    ['customer.changed', 'customer 2', { acceptsMarketing: true }],
    ['customer.changed', 'customer 1', { acceptsMarketing: true }],
    ['account.changed', 'account 1', { name: 'Kiosco' }],
  ])
  for (const secret of [juan, 'Juan', 'hola', 'Eva', eva.phone])
    expect(JSON.stringify(entries)).not.toContain(secret)
})

test('a refused or failed act is not recorded, and a repeated call is recorded once', async () => {
  const ask = { headers: { 'idempotency-key': 'one' } }
  await owner.post('/api-management/keys', { name: 'x', scopes: ['read:bots'] }, ask)
  await owner.post('/api-management/keys', { name: 'x', scopes: ['read:bots'] }, ask)
  await owner.ask('/api/v1/customers/99', { method: 'DELETE' })
  await owner.patch('/api-management/keys/1', { name: 'y' })
  expect((await audit()).entries.map(({ action }) => action)).toEqual(['key.created'])
})

test('an act at the command line is recorded as such', async () => {
  await runCli(['keys', 'create', '--name', 'a', '--scopes', 'full', '--data', app.dataDir], {
    cwd: tmpdir(),
  })
  await runCli(['keys', 'revoke', '2', '--data', app.dataDir], { cwd: tmpdir() })
  const { entries } = await audit()
  expect(entries).toMatchObject([
    { action: 'key.revoked', actor: 'cli', keyId: null, address: null, subject: 'key 2' },
    { action: 'key.created', actor: 'cli', detail: { name: 'a' } },
  ])
})

test('the log is paged and filtered, for admins, and a key of one account sees what concerns this account', async () => {
  await addSecondAccount(app, owner, '34600111222')
  const make = async (fields: object) => {
    const { json } = await owner.post('/api-management/keys', { name: 'k', scopes: ['admin'], ...fields })
    return new HttpClient(app.url, (json as { key: string }).key)
  }
  const two = await make({ accountId: 2 })
  const reader = await make({ scopes: ['full'] })
  await two.post('/api/v1/config', { businessName: 'Kiosco' })
  expect((await reader.get(path)).status).toBe(403)
  const own = (await audit(two)).entries
  expect(own.map(({ action }) => action)).toEqual(['settings.changed', 'key.created', 'account.created'])
  expect((await audit(two, '?accountId=1')).entries).toEqual(own)
  const first = await audit(owner, '?limit=2')
  expect(first.entries.length).toBe(2)
  const rest = await audit(owner, `?limit=50&before=${first.nextBefore}`)
  expect(rest.nextBefore).toBeNull()
  expect(new Set([...first.entries, ...rest.entries].map(({ id }) => id)).size).toBe(4)
  expect((await audit(owner, '?action=settings.changed')).entries.length).toBe(1)
  expect((await audit(owner, '?key=1')).entries.length).toBe(3)
  expect((await audit(owner, '?to=2020-01-01T00:00:00Z')).entries).toEqual([])
  expect((await owner.get(`${path}?action=nothing`)).status).toBe(400)
})

test('entries are forgotten after a year', async () => {
  await owner.post('/api-management/keys', { name: 'a', scopes: ['read:bots'] })
  await owner.post('/api-management/keys', { name: 'b', scopes: ['read:bots'] })
  const yearAgo = Date.now() - 366 * 86_400_000
  await app.store.write((trx) => trx.updateTable('audit').set({ at: yearAgo }).where('id', '=', 1).execute())
  await app.services.audit.prune(new AbortController().signal)
  expect((await audit()).entries.map(({ id }) => id)).toEqual([2])
})
