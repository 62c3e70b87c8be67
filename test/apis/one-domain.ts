import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { jpeg, mp4, ogg } from '../support/files.ts'
import { HttpClient } from '../support/http-client.ts'
import { tracesOf } from './traces.ts'

export const juan = '5491162328014'
const apis = ['boton', 'botssy', 'botbiz'] as const
export type Api = (typeof apis)[number]

/** One gateway for each API: each story is told to every gateway through its own API. */
export type Gateways = Record<Api, { app: TestApp; client: HttpClient }>

interface Told {
  status: number
  text: string
}
export type Story = (client: HttpClient, app: TestApp) => Promise<Told>

/** Juan has written to each. The time stands still, so that the times of all that happens are the same, unless `now` moves it. */
export async function startGateways(now: () => Date): Promise<Gateways> {
  const start = async () => {
    const app = await startTestApp({ clock: { now }, keepFormer: true, pacing: 'off' })
    await app.inbound({ phone: juan, pushName: 'Juan', waId: 'Q1' })
    return { app, client: new HttpClient(app.url, app.key) }
  }
  return { boton: await start(), botssy: await start(), botbiz: await start() }
}

/**
 * Tells a story through each API and compares the traces: rows, sent messages, events.
 *
 * @returns the answers
 */
export async function checkAlike(
  gateways: Gateways,
  stories: Record<Api, Story>,
  status: 'done' | 'refused' = 'done',
): Promise<Record<Api, Told>> {
  const before = await tracesOf(gateways.boton.app)
  const answers: Partial<Record<Api, Told>> = {}
  for (const api of apis) {
    const { app, client } = gateways[api]
    const reply = await stories[api](client, app)
    const isDone = reply.status < 300 && !reply.text.includes('"success":false')
    expect([api, isDone, reply.text]).toEqual([api, status === 'done', reply.text])
    answers[api] = reply
  }
  const expected = await tracesOf(gateways.boton.app)
  // A story that leaves nothing behind would be the same everywhere.
  if (status === 'done') expect(expected).not.toEqual(before)
  else expect(expected).toEqual(before)
  for (const api of apis) expect(await tracesOf(gateways[api].app), api).toEqual(expected)
  return answers as Record<Api, Told>
}

/** A message to Juan: what the body says in each API. */
export function message(bodies: Record<Api, object>): Record<Api, Story> {
  return {
    boton: (client) => client.post('/api/v1/send', { to: juan, ...bodies.boton }),
    botssy: (client) => client.post('/api/v1/conversations/1/messages', bodies.botssy),
    botbiz: (client) => client.post('/v1/whatsapp/messages', { to: `+${juan}`, ...bodies.botbiz }),
  }
}

/** The same where BOTON and Botssy have one route for it. */
export function both(shared: Story, botbiz: Story): Record<Api, Story> {
  return { boton: shared, botssy: shared, botbiz }
}

/** A call that is made twice with one Idempotency-Key, and answered twice in the same way. */
export function twice(path: string, body: object): Story {
  return async (client) => {
    const headers = { 'idempotency-key': randomUUID() }
    const first = await client.post(path, body, { headers })
    const second = await client.post(path, body, { headers })
    expect([second.status, second.text]).toEqual([first.status, first.text])
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    return second
  }
}

/** Texts with their request in every API. */
export const texts: [string, Record<Api, object>][] = [
  [
    'a text',
    {
      boton: { message: '¿Le viene bien? 🎂' },
      botssy: { content: '¿Le viene bien? 🎂' },
      botbiz: { type: 'text', content: '¿Le viene bien? 🎂' },
    },
  ],
  [
    'an answer to one message',
    {
      boton: { message: 'sí', replyTo: 1 },
      botssy: { content: 'sí', replyTo: 1 },
      botbiz: { type: 'text', content: 'sí', reply_to: 'msg_1' },
    },
  ],
  ...same('mentions', { mentions: ['5491155550001'] }, 'habla con @5491155550001'),
  ...same('a forwarded mark', { forwarded: true }, 'pasalo'),
  ...same('buttons', { buttons: ['Sí', 'No'] }, '¿Confirma?'),
  ...same('a list', { list: [{ title: 'Corte', description: '20 min' }, { title: 'Color' }] }, 'Elija:'),
  [
    'a link preview',
    {
      boton: { message: 'ver https://a.b/c', linkPreview: { url: 'https://a.b/c', title: 'Turnos' } },
      botssy: { content: 'ver https://a.b/c', linkPreview: { url: 'https://a.b/c', title: 'Turnos' } },
      botbiz: {
        type: 'text',
        content: 'ver https://a.b/c',
        link_preview: { url: 'https://a.b/c', title: 'Turnos' },
      },
    },
  ],
]

/** A text with fields that are called the same in every API. */
function same(name: string, fields: object, text: string): [string, Record<Api, object>][] {
  const [boton, botssy] = [
    { message: text, ...fields },
    { content: text, ...fields },
  ]
  return [[name, { boton, botssy, botbiz: { type: 'text', content: text, ...fields } }]]
}

const location = { latitude: -34.6, longitude: -58.4, name: 'Obelisco' }
const contact = { name: 'Ana', phones: ['+5491155550001'] }
const poll = { question: '¿Cuándo?', options: ['Lunes', 'Martes'], selectable: 2 }

/** Contents without text, each with the words that stand for it. */
export const wordless = [
  { type: 'location', value: location, content: 'Obelisco' },
  { type: 'contact', value: contact, content: 'Ana' },
  { type: 'poll', value: poll, content: '¿Cuándo?' },
].map(({ type, value, content }) => {
  const body = { [type]: value, replyTo: 1 }
  const bodies = { boton: body, botssy: body, botbiz: { type, [type]: value, reply_to: 'msg_1' } }
  return { type, content, bodies }
})

const webp = Buffer.concat([Buffer.from('RIFF\x10\0\0\0WEBPVP8 '), Buffer.alloc(40, 7)])
const pdf = Buffer.from('%PDF-1.7')
/** Files of every kind, as each is sent. */
export const kinds: { what: string; bytes: Buffer; type: string; media?: object; caption?: string }[] = [
  { what: 'image', bytes: jpeg, type: 'image', caption: 'mire' },
  { what: 'video', bytes: mp4, type: 'video', caption: 'mire' },
  { what: 'video without sound', bytes: mp4, type: 'video', media: { gif: true } },
  { what: 'voice note', bytes: ogg, type: 'audio' },
  { what: 'piece of music', bytes: ogg, type: 'audio', media: { voice: false } },
  { what: 'document', bytes: pdf, type: 'document', caption: 'lista' },
  { what: 'sticker', bytes: webp, type: 'sticker' },
]
