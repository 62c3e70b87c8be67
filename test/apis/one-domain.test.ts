import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { jpeg } from '../support/files.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from '../support/until.ts'
import {
  both,
  checkAlike,
  juan,
  kinds,
  message,
  startGateways,
  texts,
  twice,
  wordless,
} from './one-domain.ts'
import type { Api, Gateways, Story } from './one-domain.ts'
import { tracesOf } from './traces.ts'
import { newestSentText } from '../support/rows/messages.ts'

let now = new Date('2026-03-25T15:00:00Z')
let gateways: Gateways
let files: Server
let fileUrl: string
beforeAll(async () => {
  gateways = await startGateways(() => now)
  files = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg))
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve))
  fileUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}/torta.jpg`
})
afterAll(async () => {
  for (const { app } of Object.values(gateways)) await app.stop()
  files.close()
})

const check = async (stories: Record<Api, Story>, status?: 'refused'): Promise<void> => {
  await checkAlike(gateways, stories, status)
}

const all = [...texts, ...wordless.map(({ type, bodies }) => [`a ${type}`, bodies] as const)]

test.each(all)('%s leaves the same behind, whichever API it came through', (_, bodies) =>
  check(message(bodies)),
)

test.each(kinds)('a file as a $what leaves the same behind', async ({ bytes, type, media, caption }) => {
  let id = 0
  for (const { client } of Object.values(gateways)) {
    const ask = { method: 'POST', raw: bytes, headers: { 'content-type': 'application/octet-stream' } }
    const { json } = await client.ask(`/api/v1/media?fileName=f.${type}`, ask)
    id = (json as { id: number }).id
  }
  const file = { media: { id, type, ...media } }
  await check(
    message({
      boton: { ...file, ...(caption && { message: caption }) },
      botssy: { ...file, ...(caption && { content: caption }) },
      botbiz: { type, media_id: id, ...media, ...(caption && { caption }) },
    }),
  )
})

test('a file at an address leaves the same behind', () =>
  check(
    message({
      boton: { media: { url: fileUrl, type: 'image', fileName: 'a.jpg' } },
      botssy: { media: { url: fileUrl, type: 'image', fileName: 'a.jpg' } },
      botbiz: { type: 'image', content: fileUrl, filename: 'a.jpg' },
    }),
  ))

/** The newest message of ours, the same in every gateway. */
const newest = () => newestSentText(gateways.boton.app.store.read)
const change = (body: object) => (client: HttpClient) =>
  client.post('/v1/whatsapp/messages', { to: juan, ...body })

/** The times in a text as the documents of Botssy and Botbiz print them. */
const inSeconds = (text: string) => text.replaceAll(/(T\d\d:\d\d:\d\d)\.\d{3}Z/g, '$1Z')

describe('whichever API changes a message, the same is left behind by', () => {
  test.each(['👍', '❤️', ''])('the reaction "%s"', (emoji) =>
    check(
      both(
        (client) => client.post('/api/v1/messages/1/reaction', { emoji }),
        change({ type: 'reaction', content: emoji, message_id: 'msg_1' }),
      ),
    ),
  )

  test('an edit', async () => {
    const id = await newest()
    await check(
      both(
        (client) => client.patch(`/api/v1/messages/${id}`, { message: 'a las 16' }),
        change({ type: 'edit', content: 'a las 16', message_id: `msg_${id}` }),
      ),
    )
  })

  test('its deletion for everyone', async () => {
    const id = await newest()
    await check(
      both(
        (client) => client.ask(`/api/v1/messages/${id}`, { method: 'DELETE' }),
        change({ type: 'delete', message_id: `msg_${id}` }),
      ),
    )
  })
})

describe('advertising', () => {
  const advert = message({
    boton: { message: 'Oferta', category: 'marketing' },
    botssy: { content: 'Oferta', category: 'marketing' },
    botbiz: { type: 'text', content: 'Oferta', category: 'marketing' },
  })

  test('to a customer who did not agree leaves nothing behind, whichever API it came through', async () => {
    await check(advert, 'refused')
    const { client } = gateways.botbiz
    const refused = await advert.botbiz(client, gateways.botbiz.app)
    expect(refused).toMatchObject({ status: 409, text: expect.stringContaining('acceptsMarketing') })
  })

  test('to a customer who agreed leaves the same behind', async () => {
    const accept: Story = (client) => client.patch('/api/v1/customers/1', { acceptsMarketing: true })
    await check(both(accept, accept))
    await check(advert)
  })
})

test('a first message to a stranger leaves the same behind', async () => {
  const first: Story = (client) => client.post('/api/v1/send', { to: '34600111222', message: 'hola' })
  const body = { to: '+34 600 111 222', type: 'text', content: 'hola' }
  await check(both(first, (client) => client.post('/v1/whatsapp/messages', body)))
})

test('a repeated call with one Idempotency-Key leaves one message behind', async () => {
  await check({
    boton: twice('/api/v1/send', { to: juan, message: 'x' }),
    botssy: twice('/api/v1/conversations/1/messages', { content: 'x' }),
    botbiz: twice('/v1/whatsapp/messages', { to: juan, type: 'text', content: 'x' }),
  })
})

describe('a message for later', () => {
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

  test('waits alike, and each API answers where', async () => {
    const { boton, botssy, botbiz } = await checkAlike(gateways, later('Mañana abrimos a las 9'))
    expect([boton.status, JSON.parse(boton.text)]).toEqual([
      200,
      expect.objectContaining({ status: 'scheduled', messageId: null, scheduleId: 1, sendAt: moment }),
    ])
    const said = { content: 'Mañana abrimos a las 9', status: 'scheduled' }
    const place = { scheduleId: 1, conversationId: 1, sendAt: inSeconds(moment), timeZone }
    expect([botssy.status, JSON.parse(botssy.text)]).toEqual([202, { ...place, ...said, role: 'assistant' }])
    const sent = { id: 'sch_1', schedule_id: 1, account_id: 'wha_1', to: `+${juan}`, type: 'text' }
    const [send_at, created_at] = [inSeconds(moment), inSeconds(now.toISOString())]
    const times = { send_at, time_zone: timeZone, created_at }
    expect([botbiz.status, JSON.parse(botbiz.text)]).toEqual([202, { ...sent, ...said, ...times }])
  })

  test.each(wordless)('waits alike as a $type', async ({ type, content, bodies: { boton, botbiz } }) => {
    const body = { ...boton, sendAt: moment }
    const stories = message({ boton: body, botssy: body, botbiz: { ...botbiz, send_at: moment } })
    const answers = await checkAlike(gateways, stories)
    expect(JSON.parse(answers.botssy.text)).toMatchObject({ content })
    expect(JSON.parse(answers.botbiz.text)).toMatchObject({ type, content })
  })

  test('waits alike as a file', async () => {
    const file = { media: { id: 1, type: 'image' }, sendAt: moment }
    const { botbiz } = await checkAlike(
      gateways,
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

  test('is listed and cancelled alike', async () => {
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
  ])('for a time that is %s leaves nothing behind', async (_, time, field) => {
    const { boton, botssy, botbiz } = await checkAlike(gateways, later('tarde', time), 'refused')
    const saidBy = ({ text }: { text: string }) => (JSON.parse(text) as { message: string }).message
    expect(saidBy(botssy)).toBe(saidBy(boton))
    expect(JSON.parse(botbiz.text)).toMatchObject({
      message: expect.stringContaining(`${field}: `),
      error: { details: [{ field: `body.${field}` }] },
    })
  })

  test('cannot be scheduled where it is no message', async () => {
    const reaction = { to: juan, type: 'reaction', content: '👍', message_id: 'msg_1', send_at: moment }
    expect((await gateways.botbiz.client.post('/v1/whatsapp/messages', reaction)).status).toBe(400)
  })

  test('waits once where it is repeated with its Idempotency-Key', async () => {
    const botbiz = { to: juan, type: 'text', content: 'Buen día', send_at: moment }
    await check({
      boton: twice('/api/v1/send', { to: juan, message: 'Buen día', sendAt: moment }),
      botssy: twice('/api/v1/conversations/1/messages', { content: 'Buen día', sendAt: moment }),
      botbiz: twice('/v1/whatsapp/messages', botbiz),
    })
  })

  test('is sent alike when its time has come, unless it was cancelled', async () => {
    now = new Date('2026-03-26T12:00:01Z')
    const { sent } = gateways.botssy.app.line
    const before = sent.length
    const run: Story = async (_client, { services }) => {
      await services.sending.schedules.run()
      return { status: 200, text: '' }
    }
    await check(both(run, run))
    const gone = sent.slice(before).map(({ kind, text }) => `${kind} ${text}`)
    expect(gone.toSorted()).toEqual([
      'contact Ana',
      'image mire',
      'location Obelisco',
      'poll ¿Cuándo?',
      'text Buen día',
    ])
  })
})

describe('whichever of two addresses a caller uses, the same is left behind where', () => {
  const chat = `/api/v1/chats/${juan}`
  const twins: [string, [method: string, path: string, body: object][]][] = [
    [
      'the bot is switched',
      [
        ['PATCH', chat, { botEnabled: true }],
        ['PATCH', '/api/v1/conversations/1', { botEnabled: true }],
      ],
    ],
    [
      'a person takes a chat',
      [
        ['PATCH', `/api/v1/bot/chats/${juan}`, { human: true }],
        ['PATCH', '/api/v1/conversations/1', { takeover: true }],
      ],
    ],
    [
      'a person gives it back',
      [
        ['PATCH', `/api/v1/bot/chats/${juan}`, { human: false }],
        ['PATCH', '/api/v1/conversations/1', { takeover: false }],
      ],
    ],
    [
      'a customer is changed',
      [
        ['PUT', '/api/v1/customers/1', { company: 'Empresa SRL', tags: ['vip'] }],
        ['PATCH', '/api/v1/customers/1', { company: 'Empresa SRL', tags: ['vip'] }],
      ],
    ],
    [
      'a webhook is made, for which both addresses are one',
      ['/api-management', '/api/v1/api-management'].map((base) => [
        'POST',
        `${base}/webhooks`,
        { name: 'CRM', url: 'https://93.184.215.14/hook', events: ['message.sent'] },
      ]),
    ],
  ]
  test.each(twins)('%s', async (_name, [first, second]) => {
    const [one, other] = [first!, second!].map(
      ([method, path, body]): Story =>
        (client) =>
          client.ask(path, { method, body }),
    )
    await check({ boton: one!, botssy: other!, botbiz: other! })
  })
})

test('every kind of message is shown alike by both APIs that have transcripts, and by itself', async () => {
  interface Shown {
    id: number
    text?: string
    content?: string
  }
  const { client } = gateways.boton
  const { messages } = (await client.get(`/api/v1/chats/${juan}/messages?limit=200`)).json as {
    messages: Shown[]
  }
  const { data } = (await client.get('/api/v1/conversations/1/messages?limit=500')).json as { data: Shown[] }
  // Fields that the documents name differently, or that only one API has.
  const own = ['text', 'content', 'conversationId', 'role', 'mediaId', 'direction', 'botGenerated', 'media']
  const common = (shown: object) =>
    Object.fromEntries(Object.entries(shown).filter(([key]) => !own.includes(key)))
  expect(messages.length).toBeGreaterThan(20)
  // Botssy prints times in whole seconds.
  const inBotssy = messages.map((shown) => JSON.parse(inSeconds(JSON.stringify(common(shown)))) as object)
  expect(data.map(common)).toEqual(inBotssy)
  expect(data.map(({ content }) => content)).toEqual(messages.map(({ text }) => text))
  for (const shown of messages) {
    expect((await client.get(`/api/v1/messages/${shown.id}`)).json).toMatchObject({
      ...common(shown),
      text: shown.text,
    })
  }
})

test('an account that is not linked refuses each API alike, and nothing is left behind', async () => {
  const app = await startTestApp({ linked: false })
  try {
    await app.inbound({ phone: juan })
    const bodies = message({
      boton: { message: 'x' },
      botssy: { content: 'x' },
      botbiz: { type: 'text', content: 'x' },
    })
    const before = await tracesOf(app)
    for (const story of Object.values(bodies)) {
      const { status, text } = await story(new HttpClient(app.url, app.key), app)
      expect([status, JSON.parse(text)]).toEqual([
        503,
        expect.objectContaining({ error: expect.objectContaining({ code: 'not_connected' }) as unknown }),
      ])
      expect(await tracesOf(app)).toEqual(before)
    }
  } finally {
    await app.stop()
  }
})

test('X-09 another body under the same key is 422', async () => {
  const { client } = gateways.botbiz
  const headers = { 'idempotency-key': 'k' }
  const send = (content: string) =>
    client.post('/v1/whatsapp/messages', { to: juan, type: 'text', content }, { headers })
  await send('a')
  const other = await send('b')
  expect(other.status).toBe(422)
  expect(other.json).toMatchObject({ error: { code: 'idempotency_mismatch' } })
  await until('it is out', () => gateways.botbiz.app.line.sent.some(({ text }) => text === 'a'))
})
