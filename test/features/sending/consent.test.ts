import { beforeEach, expect, test } from 'vitest'
import { readConsentWord } from '../../../src/features/sending/rules/consent.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { HandClock, app, eventNames, juan, message, sendNow, submit } from '../fixture.ts'

const hour = 60 * 60_000
let clock: HandClock
let one: TestApp

beforeEach(async () => {
  clock = new HandClock()
  // Noon.
  clock.advance(14 * hour)
  one = await app({ clock })
})

const customer = async () => (await one.services.customers.list(1, { limit: 1, offset: 0 })).customers[0]
const accepts = async (yes: boolean) =>
  one.services.customers.update(1, (await customer())?.id ?? 0, { acceptsMarketing: yes })
const advertise = async (text = 'Hoy 2x1') =>
  (await sendNow(one, { to: [juan], text, category: 'marketing' }))[0]
const sent = () => one.line.sent.map(({ text }) => text)

test('advertising goes only to customers who agreed to it, and the refusal says so', async () => {
  expect(await advertise()).toMatchObject({
    status: 'rejected',
    error: expect.stringContaining('acceptsMarketing'),
  })
  await accepts(true)
  const result = await advertise()
  expect(result).toMatchObject({ status: 'queued' })
  await until('it is out', () => sent().length === 1)
  expect(sent()[0]).toBe('Hoy 2x1\n\nResponde BAJA si no quieres recibir más mensajes.')
  await advertise('Mañana también')
  await until('the second is out', () => sent().length === 2)
  expect(sent()[1]).toBe('Mañana también')
})

test('advertising never goes to a group', async () => {
  const to = ['120363041234567890@g.us']
  const [result] = await sendNow(one, { to, text: 'Hoy 2x1', category: 'marketing' })
  expect(result).toMatchObject({ status: 'rejected', error: expect.stringContaining('groups') })
})

test('advertising waits for the end of the quiet hours, also of the customer’s own, and says until when', async () => {
  await one.inbound({ phone: '5491112345678' })
  await accepts(true)
  clock.advance(10 * hour)
  const result = await advertise()
  const id = result?.messageId ?? 0
  await until('it waits', async () => (await message(one, id)).reason === 'quiet_hours')
  const place = await one.services.sending.waiting.position(1, id)
  expect(place?.held).toMatchObject({ reason: 'quiet_hours' })
  expect(place?.held?.until?.toISOString()).toContain('T09:00')
  expect(sent()).toEqual([])
  const { id: customerId = 0 } = (await customer()) ?? {}
  await one.services.customers.update(1, customerId, { customFields: { quietHours: '08:00-10:00' } })
  clock.advance((place?.held?.until?.getTime() ?? 0) - clock.now().getTime() + 1)
  one.line.become(one.line.state)
  await until('it waits longer', async () => {
    const held = (await one.services.sending.waiting.position(1, id))?.held
    return held?.until?.toISOString().includes('T10:00')
  })
  clock.advance(hour)
  one.line.become(one.line.state)
  await until('it is out', () => sent().length === 1)
})

test('a word ends advertising, which is confirmed once and cancels what waits, and another word brings it back', async () => {
  await one.inbound({ phone: '5491112345678' })
  await accepts(true)
  one.line.become({ kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' })
  const waiting = (await advertise())?.messageId ?? 0
  await one.inbound({ phone: '5491112345678', text: '¡Baja!' })
  expect(await message(one, waiting)).toMatchObject({ status: 'cancelled', reason: 'opted_out' })
  expect(await customer()).toMatchObject({ acceptsMarketing: false })
  expect((await eventNames(one)).filter((name) => name === 'customer.updated')).toHaveLength(2)
  await one.inbound({ phone: '5491112345678', text: 'baja' })
  one.line.become({ kind: 'open', since: clock.now() })
  await until('it is confirmed', () => sent().length === 1)
  expect(sent()).toEqual(['De acuerdo, no te enviaremos más mensajes. Si cambias de idea, responde ALTA.'])
  expect(await advertise()).toMatchObject({ status: 'rejected' })
  // Messages that are no advertising still go out.
  const order = await sendNow(one, { to: [juan], text: 'Tu pedido está listo' })
  expect(order).toMatchObject([{ status: 'queued' }])
  await one.inbound({ phone: '5491112345678', text: 'ALTA' })
  expect(await customer()).toMatchObject({ acceptsMarketing: true })
  expect(await advertise()).toMatchObject({ status: 'queued' })
})

test('advertising that was queued is not sent after the API took the consent back', async () => {
  await one.inbound({ phone: '5491112345678' })
  await accepts(true)
  one.line.become({ kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' })
  const id = (await advertise())?.messageId ?? 0
  await accepts(false)
  one.line.become({ kind: 'open', since: clock.now() })
  await until('it is cancelled', async () => (await message(one, id)).status === 'cancelled')
  expect(sent()).toEqual([])
})

test('a word counts only as the whole message, whatever its accents, case and courtesy', () => {
  const own = { stop: ['Básta ya'], again: [] }
  const read = (text: string) => readConsentWord(text, own)?.kind
  expect(
    ['BAJA', ' baja. ', 'Dar de baja, por favor', 'STOP!', 'não quero mais mensagens', 'basta YA'].map(read),
  ).toEqual(Array.from({ length: 6 }, () => 'stop'))
  expect(['alta', 'Start', 'VOLTAR'].map(read)).toEqual(['again', 'again', 'again'])
  expect(
    ['la marea baja', 'no me des de baja', 'cancelar', '', 'x'.repeat(500), 'stop the car'].map(read),
  ).toEqual(Array.from({ length: 6 }))
})

test('a customer who opted out gets no advertising by any path, and nothing from the bot, and the business still answers', async () => {
  await one.inbound({ phone: '5491112345678' })
  await accepts(true)
  await one.inbound({ phone: '5491112345678', text: 'BAJA' })
  await until('it is confirmed', () => sent().length === 1)
  const { outbox, sending } = one.services
  const enqueue = (draft: Partial<Parameters<typeof outbox.enqueue>[2]>) =>
    one.store.write((trx) => outbox.enqueue(trx, 1, { jid: juan, text: 'hola', author: 'api', ...draft }))
  for (const author of ['api', 'operator', 'bot'] as const) {
    await expect(enqueue({ author, category: 'marketing' })).rejects.toMatchObject({ code: 'conflict' })
  }
  await expect(enqueue({ author: 'bot' })).rejects.toMatchObject({ code: 'conflict' })

  const other = '5491112340001'
  await one.inbound({ phone: other })
  const page = await one.services.customers.list(1, { limit: 10, offset: 0 })
  const id = page.customers.find(({ phone }) => phone === other)?.id ?? 0
  await one.services.customers.update(1, id, { acceptsMarketing: true })
  const to = [juan, `${other}@s.whatsapp.net`]
  const { results } = await submit(one, { to, text: 'Hoy 2x1', category: 'marketing' })
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'queued'])
  const client = new HttpClient(one.url, one.key)
  await client.post('/api/v1/templates', { name: 'two', texts: { es: 'Hoy 2x1' } })
  const body = { to: '5491112345678', template: { name: 'two' }, category: 'marketing' }
  expect((await client.post('/api/v1/send', body)).json).toMatchObject({
    error: { code: 'recipient_refused' },
  })
  const sendAt = new Date(clock.now().getTime() + hour).toISOString()
  const planned = await sending.schedules.create(1, {
    to: [juan],
    text: 'Hoy 2x1',
    category: 'marketing',
    when: { sendAt },
  })
  clock.advance(hour)
  await sending.schedules.run()
  expect((await sending.schedules.get(1, planned.id)).lastError).toContain('has opted out')

  await enqueue({ text: 'Tu pedido está listo' })
  await enqueue({ text: 'Pasa cuando quieras', author: 'operator' })
  one.line.become(one.line.state)
  await until('both are out', () => sent().includes('Pasa cuando quieras'))
  const toJuan = one.line.sent.filter(({ jid }) => jid === juan).map(({ text }) => text)
  expect(toJuan.slice(1)).toEqual(['Tu pedido está listo', 'Pasa cuando quieras'])
})
