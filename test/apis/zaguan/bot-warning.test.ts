import { afterAll, beforeAll, expect, test } from 'vitest'
import { ModelFault } from '../../../src/features/bot/rules/bot-model.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'

let without: TestApp
let withModel: TestApp

beforeAll(async () => {
  without = await startTestApp()
  withModel = await startTestApp({ modelConfigured: true })
  for (const app of [without, withModel]) await app.inbound({})
})
afterAll(async () => {
  await without.stop()
  await withModel.stop()
})

const jid = '5491112345678@s.whatsapp.net'
const switches = [
  ['in new chats', 'post', '/api/v1/config', { botNewChats: true }],
  ['in one chat', 'patch', `/api/v1/chats/${jid}`, { botEnabled: true }],
  ['in a conversation', 'patch', '/api/v1/conversations/1', { botEnabled: true }],
] as const

const clientOf = ({ url, key }: TestApp) => new HttpClient(url, key)
const ask = (app: TestApp, method: 'post' | 'patch', path: string, body: object) =>
  clientOf(app)[method](path, body)

test.each(switches)(
  'A caller who switches the bot on %s without a model is warned in the answer',
  async (_where, ...call) => {
    const { status, json } = await ask(without, ...call)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      warning:
        'The bot is on. There is no language model, so the bot cannot answer. Set llm.baseUrl and llm.model, or turn the bot off.',
    })
  },
)

test.each(switches)(
  'A caller who switches the bot on %s is not warned while the model answers or is untried',
  async (_where, ...call) => {
    withModel.services.modelHealth.succeeded()
    expect((await ask(withModel, ...call)).json).not.toHaveProperty('warning')
  },
)

test.each(switches)(
  'A caller who switches the bot on %s while the model is down is told so',
  async (_where, ...call) => {
    withModel.services.modelHealth.failed(new ModelFault('refused', 'The model answered 401.'))
    expect((await ask(withModel, ...call)).json).toMatchObject({
      warning: expect.stringContaining('The language model answered 401: '),
    })
  },
)

test('A caller who switches the bot off is not warned', async () => {
  const { json } = await ask(without, 'post', '/api/v1/config', { botNewChats: false })
  expect(json).not.toHaveProperty('warning')
})

test('The status tells how the model is, and lists every account with its name and connection', async () => {
  expect((await clientOf(without).get('/api/v1/status')).json).toMatchObject({
    model: { state: 'missing', since: null },
    accounts: [{ id: 'wha_1', name: 'Test', phone: '5491138620812', state: 'open' }],
  })
})

test('The outbox of an account that is not connected gives that as the reason, also before anything was tried', async () => {
  without.line.become({ kind: 'connecting', attempt: 1 })
  await clientOf(without).post('/api/v1/send', { to: '5491112345678', message: 'hola' })
  expect((await clientOf(without).get('/api/v1/status')).json).toMatchObject({
    connected: false,
    outbox: { waiting: 1, reason: expect.stringMatching(/not connected/) },
  })
})
