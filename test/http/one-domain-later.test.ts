import { afterAll, beforeAll, expect, test } from 'vitest'
import { jpeg } from '../support/files.ts'
import { both, checkAlike, juan, message, startGateways, twice } from './one-domain.ts'
import type { Api, Gateways, Story } from './one-domain.ts'

let now = new Date('2026-03-25T15:00:00Z')
let gateways: Gateways
beforeAll(async () => {
  gateways = await startGateways(() => now)
})
afterAll(async () => {
  for (const { app } of Object.values(gateways)) await app.stop()
})

const sendAt = '2026-03-26T09:00'
const timeZone = 'America/Argentina/Buenos_Aires'
const moment = '2026-03-26T12:00:00.000Z'

/** The same text for a time, in the words of each API. */
const later = (text: string, time: { sendAt?: string; timeZone?: string } = { sendAt, timeZone }) =>
  message({
    boton: { message: text, ...time },
    botssy: { content: text, ...time },
    botbiz: { type: 'text', content: text, send_at: time.sendAt, time_zone: time.timeZone },
  })

const check = (stories: Record<Api, Story>, status?: 'refused') => checkAlike(gateways, stories, status)

test('a message for later waits alike, and each API answers where', async () => {
  const { boton, botssy, botbiz } = await check(later('Mañana abrimos a las 9'))
  expect([boton.status, JSON.parse(boton.text)]).toEqual([
    200,
    expect.objectContaining({ status: 'scheduled', messageId: null, scheduleId: 1, sendAt: moment }),
  ])
  const said = { content: 'Mañana abrimos a las 9', status: 'scheduled' }
  const place = { scheduleId: 1, conversationId: 1, sendAt: moment, timeZone }
  expect([botssy.status, JSON.parse(botssy.text)]).toEqual([202, { ...place, ...said, role: 'assistant' }])
  const sent = { schedule_id: 1, account_id: 'wha_1', to: `+${juan}`, type: 'text' }
  const times = { send_at: moment, time_zone: timeZone, created_at: now.toISOString() }
  expect([botbiz.status, JSON.parse(botbiz.text)]).toEqual([202, { ...sent, ...said, ...times }])
})

test('one of every kind waits alike', async () => {
  const location = { latitude: -34.6, longitude: -58.4, name: 'Obelisco' }
  const contact = { name: 'Ana', phones: ['+5491155550001'] }
  const poll = { question: '¿Cuándo?', options: ['Lunes', 'Martes'] }
  for (const [type, value] of Object.entries({ location, contact, poll })) {
    const body = { [type]: value, replyTo: 1, sendAt: moment }
    const botbiz = { type, [type]: value, reply_to: 'msg_1', send_at: moment }
    const answers = await check(message({ boton: body, botssy: body, botbiz }))
    const content = { location: 'Obelisco', contact: 'Ana', poll: '¿Cuándo?' }[type]
    expect(JSON.parse(answers.botssy.text)).toMatchObject({ content })
    expect(JSON.parse(answers.botbiz.text)).toMatchObject({ type, content })
  }
  for (const { client } of Object.values(gateways)) {
    const ask = { method: 'POST', raw: jpeg, headers: { 'content-type': 'application/octet-stream' } }
    await client.ask('/api/v1/media?fileName=f.jpg', ask)
  }
  const file = { media: { id: 1, type: 'image' }, sendAt: moment }
  const { botbiz } = await check(
    message({
      boton: { ...file, message: 'mire' },
      botssy: { ...file, content: 'mire' },
      botbiz: { type: 'image', media_id: 1, caption: 'mire', send_at: moment },
    }),
  )
  expect(JSON.parse(botbiz.text)).toMatchObject({
    type: 'image',
    content: expect.stringContaining('/api/v1/media/1'),
    caption: 'mire',
  })
})

test('one is listed and cancelled alike', async () => {
  const cancel: Story = (client) => client.post('/api/v1/schedules/1/cancel', {})
  await check(both(cancel, cancel))
  const lists = Object.values(gateways).map(({ client }) => client.get('/api/v1/schedules?status=active'))
  const [first, ...others] = (await Promise.all(lists)).map(({ json }) => json)
  expect((first as { schedules: unknown[] }).schedules).toHaveLength(4)
  expect(others).toEqual([first, first])
})

test.each([
  ['over', { sendAt: '2026-03-25T09:00', timeZone }, 'send_at'],
  ['no time', { sendAt: 'tomorrow', timeZone }, 'send_at'],
  ['only a zone', { timeZone }, 'time_zone'],
])('one for a time that is %s leaves nothing behind', async (_, time, field) => {
  const { boton, botssy, botbiz } = await check(later('tarde', time), 'refused')
  const saidBy = ({ text }: { text: string }) => (JSON.parse(text) as { message: string }).message
  expect(saidBy(botssy)).toBe(saidBy(boton))
  expect(JSON.parse(botbiz.text)).toMatchObject({
    message: expect.stringContaining(`${field}: `),
    error: { details: [{ field: `body.${field}` }] },
  })
})

test('what is no message has no time', async () => {
  const reaction = { to: juan, type: 'reaction', content: '👍', message_id: 'msg_1', send_at: moment }
  expect((await gateways.botbiz.client.post('/v1/whatsapp/messages', reaction)).status).toBe(400)
})

test('one that is repeated with its Idempotency-Key waits once', async () => {
  const botbiz = { to: juan, type: 'text', content: 'Buen día', send_at: moment }
  await check({
    boton: twice('/api/v1/send', { to: juan, message: 'Buen día', sendAt: moment }),
    botssy: twice('/api/v1/conversations/1/messages', { content: 'Buen día', sendAt: moment }),
    botbiz: twice('/v1/whatsapp/messages', botbiz),
  })
})

test('all go alike when their time has come, but for those that were cancelled', async () => {
  now = new Date('2026-03-26T12:00:01Z')
  const run: Story = async (_client, { services }) => {
    await services.sending.schedules.run()
    return { status: 200, text: '' }
  }
  await check(both(run, run))
  const sent = gateways.botssy.app.line.sent.map(({ kind, text }) => `${kind} ${text}`.trim())
  expect(sent.toSorted()).toEqual([
    'contact Ana',
    'image mire',
    'location Obelisco',
    'poll ¿Cuándo?',
    'text Buen día',
  ])
})
