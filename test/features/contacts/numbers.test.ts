import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { refusal } from '../../http/refusal.ts'

let app: TestApp
let api: HttpClient
beforeAll(async () => {
  // Its number is one of Argentina.
  app = await startTestApp()
  api = new HttpClient(app.url, app.key)
})
afterAll(() => app.stop())

test('numbers without a country code are those of the country of the account’s number, in every API', async () => {
  const jid = '541155550001@s.whatsapp.net'
  const sent = await api.post('/api/v1/send', { to: '1155550001', message: 'hola' })
  expect(sent.json).toMatchObject({ success: true, jid })
  const chat = await api.get(`/api/v1/chats/${encodeURIComponent('(011) 5555-0001')}`)
  expect(chat.json).toMatchObject({ jid })
  const posted = await api.post('/v1/whatsapp/messages', {
    to: '011 15 5555-0001',
    type: 'text',
    content: 'x',
  })
  expect(posted.status).toBe(200)
  const made = await api.post('/api/v1/customers', { phone: '11 5555-0001', name: 'Ana' })
  expect(refusal(made)).toMatchObject({ status: 409 })
})

test('text that can be no number is refused with a sentence', async () => {
  for (const to of ['12', '115555', 'uno', '+0']) {
    const reply = refusal(await api.post('/api/v1/send', { to, message: 'hola' }))
    expect(reply, to).toMatchObject({ status: 400, message: expect.stringContaining('country code') })
  }
})
