import { beforeEach, describe, expect, test } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { HandClock, app, juan } from '../fixture.ts'

const madrid = 'Europe/Madrid'

let clock: HandClock
let one: TestApp

function moveTo(time: string): void {
  clock.advance(new Date(time).getTime() - clock.now().getTime())
}

beforeEach(async () => {
  clock = new HandClock()
  moveTo('2026-03-25T10:00:00Z')
  one = await app({ clock })
})

const sent = () => one.line.sent.map(({ text }) => text)
const get = (id: number) => one.services.sending.schedules.get(1, id)
const run = () => one.services.sending.schedules.run()

describe('a send with a time', () => {
  interface Planned {
    scheduleId: number
    sendAt: string
  }
  const post = async (body: object, headers: Record<string, string> = {}) => {
    const whole = { to: juan, message: 'hola', ...body }
    const client = new HttpClient(one.url, one.key)
    return client.ask('/api/v1/send', { method: 'POST', body: whole, headers })
  }
  const planned = async (body: object) => {
    const { status, json } = await post(body)
    expect(status).toBe(200)
    return json as Planned
  }

  test('waits as a schedule until then, and can be cancelled', async () => {
    const { status, json } = await post({ sendAt: '2026-03-26T02:00:00+01:00' })
    expect({ status, json }).toMatchObject({
      status: 200,
      json: {
        success: true,
        status: 'scheduled',
        messageId: null,
        jid: juan,
        sendAt: '2026-03-26T01:00:00.000Z',
        results: [{ status: 'scheduled' }],
      },
    })
    const { scheduleId } = await planned({ sendAt: '2026-03-26T01:00:00Z', message: 'otro' })
    expect((await get(scheduleId)).status).toBe('active')
    const client = new HttpClient(one.url, one.key)
    expect((await client.post(`/api/v1/schedules/${scheduleId}/cancel`, {})).json).toMatchObject({
      status: 'cancelled',
    })
    moveTo('2026-03-26T01:00:00Z')
    await run()
    // An explicit time in the night is kept.
    await until('it is out', () => sent().length === 1)
    expect(sent()).toEqual(['hola'])
  })

  test('to several people becomes a batch then, with all that goes with the words', async () => {
    const others = ['34600111222', '34600111223']
    const place = { latitude: 40.4, longitude: -3.7, name: 'Tienda' }
    const { scheduleId } = await planned({
      to: others,
      message: undefined,
      location: place,
      sendAt: '2026-03-25T18:00',
      timeZone: madrid,
    })
    const client = new HttpClient(one.url, one.key)
    expect((await client.get(`/api/v1/schedules/${scheduleId}`)).json).toMatchObject({
      message: null,
      carries: ['location'],
      nextAt: '2026-03-25T17:00:00.000Z',
    })
    moveTo('2026-03-25T17:00:00Z')
    await run()
    await until('both are out', () => sent().length === 2)
    expect(one.line.sent[0]).toMatchObject({ kind: 'location', details: { place } })
    const { lastBatchId } = await get(scheduleId)
    expect(await one.services.sending.batches.get(1, lastBatchId ?? 0)).toMatchObject({ total: 2 })
  })

  test('lives from its time on, however late the gateway is', async () => {
    one.line.become({ kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' })
    await planned({ sendAt: '2026-03-25T12:00:00Z' })
    moveTo('2026-03-25T20:00:00Z')
    await run()
    const { messages } = await one.services.sending.waiting.list(1, { limit: 1 })
    expect(messages[0]?.expiresAt.toISOString()).toBe('2026-03-26T12:00:00.000Z')
  })

  test('is planned once for one key', async () => {
    const headers = { 'Idempotency-Key': 'k' }
    const body = { sendAt: '2026-03-25T12:00:00Z' }
    const answers = [await post(body, headers), await post(body, headers)]
    expect(answers[0]?.json).toEqual(answers[1]?.json)
    expect(await one.services.sending.schedules.list(1, { limit: 10 })).toHaveLength(1)
  })

  test('that is only just over goes now', async () => {
    await planned({ sendAt: '2026-03-25T09:59:45Z' })
    await run()
    await until('it is out', () => sent().length === 1)
  })

  test.each([
    ['that is over', { sendAt: '2026-03-25T09:59:00Z' }, 'body.sendAt'],
    ['more than a year away', { sendAt: '2027-03-27T10:00:00Z' }, 'body.sendAt'],
    ['on a day that does not exist', { sendAt: '2026-11-31T10:00' }, 'body.sendAt'],
    ['for a bot', { sendAt: '2026-03-26T10:00', message: undefined, instruction: 'saluda' }, 'body.sendAt'],
    ['of a zone without it', { timeZone: madrid }, 'body.timeZone'],
    [
      'with a template whose own field is not given',
      { sendAt: '2026-03-26T10:00', message: undefined, template: { name: 'hi' } },
      'body.template.variables.x',
    ],
  ])('%s is refused', async (_, body, field) => {
    await one.services.sending.templates.create(1, { name: 'hi', texts: { es: '{{x}}' } })
    const { status, json } = await post(body)
    expect(status).toBe(400)
    expect(JSON.stringify(json)).toContain(`"${field}"`)
    expect(await one.services.sending.schedules.list(1, { limit: 10 })).toEqual([])
  })

  test.each([
    ['that summer time skips is an hour later', '2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    ['that comes twice is the first', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['before the clocks go back', '2026-10-25T01:30', '2026-10-24T23:30:00.000Z'],
    ['after that', '2026-10-25T03:30', '2026-10-25T02:30:00.000Z'],
  ])('in a local time %s', async (_, sendAt, moment) => {
    expect((await planned({ sendAt, timeZone: madrid })).sendAt).toBe(moment)
  })

  test('keeps its stored file until it has gone', async () => {
    const client = new HttpClient(one.url, one.key)
    const bytes = Buffer.from('%PDF-1.4 menu')
    const upload = await client.ask('/api/v1/media?fileName=menu.pdf', {
      method: 'POST',
      raw: bytes,
      headers: { 'Content-Type': 'application/pdf' },
    })
    const { id } = upload.json as { id: number }
    const { scheduleId } = await planned({ media: { id }, sendAt: '2026-06-25T12:00:00Z' })
    moveTo('2026-06-25T11:00:00Z')
    await one.services.mediaCleanup.run()
    expect((await client.get(`/api/v1/media/${id}`)).status).toBe(200)
    moveTo('2026-06-25T12:00:00Z')
    await run()
    expect(await get(scheduleId)).toMatchObject({ status: 'done', lastError: null })
    const fetched = { media: { url: 'http://10.0.0.1/x.pdf' }, sendAt: '2026-06-26T12:00:00Z' }
    expect((await post(fetched)).status).toBe(400)
  })
})
