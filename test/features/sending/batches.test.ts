import { beforeEach, expect, test } from 'vitest'
import { phoneSpellings } from '../../../src/core/phone/phone-spellings.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { turns } from '../../util/turns.ts'
import { HandClock, app, message, send, submit } from '../fixture.ts'
import { countRows } from '../../support/rows/tables.ts'

const hour = 60 * 60_000
const day = 24 * hour
const open = { kind: 'open', since: new Date(0) } as const
const lost = { kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' } as const
const phone = (n: number) => `54911123400${String(n).padStart(2, '0')}`
const jid = (n: number) => `${phone(n)}@s.whatsapp.net`
const many = (count: number) => Array.from({ length: count }, (_, n) => n)

let clock: HandClock
let one: TestApp
beforeEach(async () => {
  clock = new HandClock()
  one = await app({ clock, pacing: 'careful' })
  // Noon, long after linking.
  clock.advance(Math.ceil(clock.now().getTime() / day) * day + 10 * day + 12 * hour - clock.now().getTime())
})

test('the same text to more than 20 strangers has to be confirmed, and the answer says when the last one goes', async () => {
  const client = new HttpClient(one.url, one.key)
  const body = { to: many(45).map(phone), message: 'hola' }
  const refused = await client.post('/api/v1/send', body)
  expect(refused.status).toBe(400)
  expect(JSON.stringify(refused.json)).toContain('confirmBulk')
  one.line.become(open)
  const { status, json } = await client.post('/api/v1/send', { ...body, confirmBulk: true })
  expect(status).toBe(200)
  const { batchId, expectedEnd } = json as { batchId: number; expectedEnd: string }
  // 20 today, 20 tomorrow, the rest the day after.
  expect(Math.round((Date.parse(expectedEnd) - clock.now().getTime()) / day)).toBe(2)
  await until('the first is out', () => one.line.sent.length === 1)
  const progress = await client.get(`/api/v1/batches/${batchId}`)
  expect(progress.json).toMatchObject({ id: batchId, total: 45, rejected: 0 })
  const cancelled = await client.post(`/api/v1/batches/${batchId}/cancel`, {})
  expect(cancelled.json).toMatchObject({ waiting: 0, sent: 1, cancelled: 44, expectedEnd: null })
  clock.advance(day)
  one.line.become(open)
  await turns(50)
  expect(one.line.sent).toHaveLength(1)
})

test('the same text to strangers one by one is counted like a batch, over a day, through every API', async () => {
  one.line.become(lost)
  const client = new HttpClient(one.url, one.key)
  const single = (n: number, message: string, more = {}) =>
    client.post('/api/v1/send', { to: phone(n), message, ...more })
  for (const n of many(20)) expect((await single(n, n % 2 ? 'Hoy  2x1' : 'hoy 2x1 ')).status).toBe(200)
  const refused = await single(20, 'Hoy 2x1')
  expect(refused.status).toBe(400)
  expect(JSON.stringify(refused.json)).toContain('confirmBulk')
  const other = await client.post('/v1/whatsapp/messages', { to: phone(20), text: 'Hoy 2x1' })
  expect(other.status).toBe(400)
  // Nothing was left behind, others may get something else, and who got it may get it again.
  expect((await one.services.status.report(1)).outbox.waiting).toBe(20)
  expect((await single(20, 'Tu pedido está listo')).status).toBe(200)
  expect((await single(3, 'Hoy 2x1')).status).toBe(200)
  expect((await single(21, 'Hoy 2x1', { confirmBulk: true })).status).toBe(200)
  expect((await single(22, 'Hoy 2x1')).status).toBe(400)
  // A customer who wrote to us is no stranger.
  await one.inbound({ phone: phone(23) })
  expect((await single(23, 'Hoy 2x1')).status).toBe(200)
  clock.advance(day)
  expect((await single(22, 'Hoy 2x1')).status).toBe(200)
  await one.services.sending.batches.prune()
  expect(await countRows(one.store.read, 'cold_texts')).toBe(1)
})

test('a template counts as the same text for all recipients, whatever it puts in', async () => {
  one.line.become(lost)
  const client = new HttpClient(one.url, one.key)
  await client.post('/api/v1/templates', { name: 'hi', texts: { es: 'Hola {{who}}' } })
  const single = (n: number) =>
    client.post('/api/v1/send', { to: phone(n), template: { name: 'hi', variables: { who: `n.º ${n}` } } })
  for (const n of many(20)) expect((await single(n)).status).toBe(200)
  expect((await single(20)).status).toBe(400)
})

test('schedules do not bypass the confirmation: one to many has to be confirmed, and several together stop at the same number', async () => {
  one.line.become(lost)
  const { schedules } = one.services.sending
  const when = { sendAt: new Date(clock.now().getTime() + hour).toISOString() }
  const request = { text: 'Hoy 2x1', when }
  const all = many(25).map(jid)
  await expect(schedules.create(1, { ...request, to: all })).rejects.toMatchObject({
    code: 'invalid_request',
  })
  await schedules.create(1, { ...request, to: all.slice(0, 13) })
  const second = await schedules.create(1, { ...request, to: all.slice(13) })
  const confirmed = await schedules.create(1, { text: 'Mañana 2x1', when, to: all, confirmBulk: true })
  clock.advance(hour)
  await schedules.run()
  expect((await schedules.get(1, second.id)).lastError).toMatch(/^5 not sent: .*confirmBulk/)
  expect(await schedules.get(1, confirmed.id)).toMatchObject({ status: 'done', lastError: null })
  expect((await one.services.status.report(1)).outbox.waiting).toBe(20 + 25)
})

test('a message to people who wrote before needs no confirmation', async () => {
  one.line.become(lost)
  for (const n of many(25)) await one.inbound({ phone: phone(n) })
  const { results, batchId } = await submit(one, {
    to: many(25).map(jid),
    text: 'hola',
  })
  expect(results.every(({ status }) => status === 'queued')).toBe(true)
  expect(await one.services.sending.batches.get(1, batchId ?? 0)).toMatchObject({ total: 25, waiting: 25 })
  await expect(one.services.sending.batches.get(2, batchId ?? 0)).rejects.toMatchObject({ code: 'not_found' })
})

test('the outbox is listed page by page in the order in which it goes out', async () => {
  one.line.become(lost)
  await turns(30)
  const client = new HttpClient(one.url, one.key)
  const cold = [await send(one, 'a', jid(1)), await send(one, 'b', jid(2))]
  await one.inbound({ phone: phone(3) })
  const reply = await send(one, 'c', jid(3))
  interface Page {
    messages: { id: number; queue: { place: number; held: { reason: string } } }[]
    next: string | null
  }
  const first = (await client.get('/api/v1/outbox?limit=2')).json as Page
  expect(first.messages.map(({ id }) => id)).toEqual([reply, cold[0]])
  expect(first.messages[0]?.queue).toMatchObject({ place: 1, held: { reason: 'not_connected' } })
  const second = (await client.get(`/api/v1/outbox?limit=2&after=${first.next}`)).json as Page
  expect(second.messages.map(({ id, queue }) => [id, queue.place])).toEqual([[cold[1], 2]])
  expect(second.next).toBeNull()
  expect((await client.get('/api/v1/outbox?class=known')).json).toMatchObject({ waiting: 3, messages: [] })
  expect((await client.get('/api/v1/outbox?after=x')).status).toBe(400)
})

test('a number is looked up once, ten a minute at most, and one that is not on WhatsApp fails and gets nothing', async () => {
  one.line.become(lost)
  const asked: string[] = []
  one.line.lookUp = async (number) => {
    asked.push(number)
    return number.endsWith('00') ? null : `${number}@s.whatsapp.net`
  }
  const ids: number[] = []
  // Answers may go faster than messages to strangers, so that the limit on questions is met.
  for (const n of many(12)) ids.push(await send(one, `${n}`, jid(n)))
  one.line.become(open)
  for (let n = 0; n < 14; n++) {
    await turns(30)
    clock.advance(61_000)
    one.line.become(open)
  }
  await until('all are decided', async () => (await one.services.status.report(1)).outbox.waiting === 0)
  expect(await message(one, ids[0] ?? 0)).toMatchObject({ status: 'failed', reason: 'not_on_whatsapp' })
  expect(one.line.sent).toHaveLength(11)
  expect(asked).toHaveLength(12)
  // Asked again only after a day.
  const again = await send(one, 'x', jid(0))
  clock.advance(61_000)
  one.line.become(open)
  await until('it failed too', async () => (await message(one, again)).status === 'failed')
  expect(asked).toHaveLength(12)
})

test('numbers of Argentina, Brazil and Mexico are looked up in both of their spellings', () => {
  expect(phoneSpellings('541123456789')).toEqual(['541123456789', '5491123456789'])
  expect(phoneSpellings('5491123456789')).toEqual(['5491123456789', '541123456789'])
  expect(phoneSpellings('5511987654321')).toEqual(['5511987654321', '551187654321'])
  expect(phoneSpellings('551187654321')).toEqual(['551187654321', '5511987654321'])
  expect(phoneSpellings('5215512345678')).toEqual(['5215512345678', '525512345678'])
  expect(phoneSpellings('525512345678')).toEqual(['525512345678', '5215512345678'])
  expect(phoneSpellings('34600000001')).toEqual(['34600000001'])
})
