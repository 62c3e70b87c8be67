import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { status } from '../../support/receiver.ts'
import { HttpClient } from '../../support/http-client.ts'
import { Receiver } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'
import { customerWords, startBotApp, toolResults } from './support/bot-app.ts'
import type { BotApp } from './support/bot-app.ts'

const phone = '5491155512345'
let app: BotApp
let receiver: Receiver
afterEach(async () => {
  await app.stop()
  await receiver.down()
})

/** Every row of every table as text. */
async function wholeDatabase(): Promise<string> {
  const { read } = app.store
  const { rows } = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(
    read,
  )
  const contents: string[] = []
  for (const { name } of rows) {
    contents.push(JSON.stringify((await sql`select * from ${sql.table(name)}`.execute(read)).rows))
  }
  return contents.join('\n')
}

test('an erased customer leaves no word in any table: messages, turns, tickets, events, bodies, answers of receivers', async () => {
  receiver = await Receiver.start()
  const calls = [
    { name: 'open_ticket', arguments: { subject: 'zanahoria', description: 'zanahoria rota' } },
    { name: 'save_customer_field', arguments: { field: 'pet_name', value: 'zanahoria' } },
  ]
  app = await startBotApp({
    settings: { botPurpose: 'support' },
    bot: { customerFields: ['pet_name'] },
    script: (request) => {
      const call = calls[toolResults(request).length]
      return call ? { calls: [call] } : { text: `Lo de ${customerWords(request).at(-1)} quedó anotado.` }
    },
  })
  const client = new HttpClient(app.url, app.key)
  const hook = async (url: string, format: string) =>
    (await client.post('/api-management/webhooks', { name: format, url, events: ['*'], format })).json as {
      id: number
    }
  receiver.answer = ({ body }, response) => response.writeHead(200).end(body)
  const alive = await hook(receiver.url, 'botssy')
  const dead = await hook('http://127.0.0.1:9/', 'botbiz')
  await app.inbound({ phone: '5491100000009', text: 'otro cliente, manzana', origin: 'history' })
  await app.inbound({ phone, pushName: 'Zanahoria Pérez', text: 'hola, zanahoria' })
  await until('the turn is done', async () => (await app.turns(phone))[0]?.state === 'done')
  await until('it is sent', () => app.sentTo(phone).length > 0)
  const { json } = await client.get(`/api/v1/customers?search=${phone.slice(-8)}`)
  const { id } = (json as { data: { id: number }[] }).data[0]!
  await client.patch(`/api/v1/customers/${id}`, { notes: 'zanahoria' })
  await until('the living one has all', async () => {
    const { json: hooked } = await client.get(`/api-management/webhooks/${alive.id}`)
    return (hooked as { pending: number }).pending === 0
  })
  const before = await wholeDatabase()
  expect(before.match(/zanahoria/gi)?.length).toBeGreaterThan(20)
  expect((await client.ask(`/api/v1/customers/${id}`, { method: 'DELETE' })).status).toBe(200)

  const after = await wholeDatabase()
  expect(after.match(/.{60}zanahoria.{20}/i)?.[0]).toBeUndefined()
  expect(after.includes(phone)).toBe(false)
  expect(after.includes('manzana')).toBe(true)
  const { events } = await app.services.events.list(1, { after: 0, limit: 500 })
  expect(events.map(({ event }) => event.seq)).toEqual(events.map((_, n) => n + 1))

  // Waiting deliveries go out, with their references and without the words.
  receiver.got.length = 0
  receiver.answer = status(200)
  await client.patch(`/api-management/webhooks/${dead.id}`, { url: receiver.url })
  await until('the rest is delivered', async () => {
    const { json: hooked } = await client.get(`/api-management/webhooks/${dead.id}`)
    return (hooked as { pending: number }).pending === 0
  })
  const own = receiver.of('whatsapp.message.received')
  expect(own).toHaveLength(1)
  expect(own[0]!.json).toMatchObject({
    type: 'whatsapp.message.received',
    data: { account_id: 'wha_1', type: 'text', content: '', from: '' },
  })
  for (const { body } of receiver.got) expect(body).not.toMatch(/zanahoria/i)
})

test('what the model says of a customer who was erased meanwhile is kept nowhere and sent to nobody', async () => {
  receiver = await Receiver.start()
  let erased: () => void = () => undefined
  const erasure = new Promise<void>((resolve) => (erased = resolve))
  const calls = [
    { name: 'open_ticket', arguments: { subject: 'zanahoria', description: 'zanahoria rota' } },
    { name: 'save_customer_field', arguments: { field: 'pet_name', value: 'zanahoria' } },
    { name: 'handover', arguments: { reason: 'zanahoria' } },
  ]
  app = await startBotApp({
    settings: { botPurpose: 'support' },
    bot: { customerFields: ['pet_name'] },
    script: async (request) => {
      if (!customerWords(request).join().includes('zanahoria')) return { text: 'Gracias.' }
      await erasure
      return toolResults(request).length === 0 ? { calls } : { text: 'Lo de la zanahoria quedó anotado.' }
    },
  })
  await app.inbound({ phone, pushName: 'Zanahoria Pérez', text: 'hola, zanahoria' })
  await until('the model is asked', () => app.model.requests.length === 1)
  const { customers } = await app.services.customers.list(1, { search: phone, limit: 1, offset: 0 })
  await app.services.customers.erase(1, customers[0]?.id ?? 0)
  erased()
  // Another customer's turn, which begins after it, is through: so is this one.
  await app.say('5491100000009', 'manzana')
  const after = await wholeDatabase()
  expect(after.match(/.{60}(zanahoria|5491155512345).{20}/i)?.[0]).toBeUndefined()
  expect(app.sentTo(phone)).toEqual([])
})
