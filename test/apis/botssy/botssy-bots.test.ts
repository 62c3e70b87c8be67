import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { keyWith } from '../../features/access/keys.ts'

let app: TestApp
let client: HttpClient
beforeEach(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const first = { id: 1, name: 'Test', description: '', isActive: true, bots: [{ id: 1, name: 'Test' }] }

test('BOTSSY-62 the list of bots is a bare array with the account’s one bot', async () => {
  const { json } = await client.get('/api/v1/bots')
  expect(json).toEqual([(await client.get('/api/v1/bots/1')).json])
})

test('BOTSSY-63 the detail of a bot has its agents and channels', async () => {
  expect((await client.get('/api/v1/bots/1')).json).toEqual({
    id: 1,
    name: 'Test',
    isActive: false,
    purpose: 'attend',
    agents: [{ id: 1, name: 'Test', isActive: true }],
    channels: [{ id: 1, type: 'whatsapp', phone: '+5491138620812', status: 'connected' }],
  })
  expect((await client.get('/api/v1/bots/2')).status).toBe(404)
})

test('BOTSSY-64 … 67 the list of agents is a bare array; every account begins with one', async () => {
  const { json } = await client.get('/api/v1/agents')
  expect(json).toEqual([{ ...first, purpose: null, guardrails: null, instructions: null }])
})

test('BOTSSY-64 agents are made, assigned, changed and deleted', async () => {
  const body = {
    name: 'Ventas',
    description: 'Vende',
    purpose: 'sell',
    guardrails: 'Nada gratis',
    botIds: [1],
  }
  const created = await client.post('/api/v1/agents', body)
  expect(created.status).toBe(201)
  expect(created.json).toMatchObject({ id: 2, name: 'Ventas', bots: [{ id: 1 }], purpose: 'sell' })
  expect((await client.patch('/api/v1/agents/1', { isActive: false })).json).toMatchObject({
    isActive: false,
  })
  expect((await client.get('/api/v1/bots/1')).json).toMatchObject({ purpose: 'sell' })
  expect(await app.services.bots.profile(1)).toMatchObject({ botPurpose: 'sell', guardrails: 'Nada gratis' })
  expect((await client.patch('/api/v1/agents/2', { botIds: [] })).json).toMatchObject({ bots: [] })
  expect((await client.get('/api/v1/bots/1')).json).toMatchObject({ purpose: 'attend', agents: [{ id: 1 }] })
  expect((await client.patch('/api/v1/agents/2', { botIds: [7] })).status).toBe(400)
  expect((await client.ask('/api/v1/agents/2', { method: 'DELETE' })).json).toEqual({ success: true })
  expect((await client.ask('/api/v1/agents/2', { method: 'DELETE' })).status).toBe(404)
})

test('BOTSSY-68 … 74 the overview counts this UTC month', async () => {
  await app.inbound({ phone: '5491162328014' })
  await app.inbound({ phone: '5491155667788' })
  await client.patch('/api/v1/conversations/1', { status: 'resolved' })
  await app.store.write((trx) =>
    trx
      .updateTable('conversations')
      .set({ created_at: Date.UTC(2020, 0, 15) })
      .where('id', '=', 1)
      .execute(),
  )
  const now = new Date()
  const { json } = await client.get('/api/v1/analytics/overview')
  expect(json).toEqual({
    totalConversations: 2,
    conversationsThisMonth: 1,
    totalCustomers: 2,
    activeConversations: 1,
    period: {
      start: `${now.toISOString().slice(0, 7)}-01T00:00:00Z`,
      end: expect.stringMatching(/Z$/),
    },
  })
  const january = await client.get('/api/v1/analytics/overview?from=2020-01-01&to=2020-01-31T23:59:59Z')
  expect(january.json).toMatchObject({
    conversationsThisMonth: 1,
    period: { start: '2020-01-01T00:00:00Z', end: '2020-01-31T23:59:59Z' },
  })
  expect((await client.get('/api/v1/analytics/overview?from=2020-02-01&to=2020-01-01')).status).toBe(400)
  expect((await client.get('/api/v1/analytics/overview?from=yesterday')).status).toBe(400)
})

test('BOTSSY-13 BOTSSY-14 BOTSSY-15 each route of the bots asks for its scope', async () => {
  const weak = await keyWith(app, ['read:messages'])
  const asked = {
    bots: 'read:bots',
    'bots/1': 'read:bots',
    agents: 'read:agents',
    'analytics/overview': 'read:analytics',
  }
  for (const [path, scope] of Object.entries(asked)) {
    const { status, json } = await client.get(`/api/v1/${path}`, { key: weak })
    expect(status).toBe(403)
    expect(json).toMatchObject({ message: `Insufficient API permissions. Required: ${scope}` })
  }
})
