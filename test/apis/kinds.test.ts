import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OutgoingMessage } from '../../src/core/messages/outgoing.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from '../support/until.ts'
import { detailsOf } from '../support/details.ts'

const phone = '5491112345678'
const juan = `${phone}@s.whatsapp.net`
let app: TestApp
let client: Client
let question: number

beforeAll(async () => {
  app = await startTestApp({ keepFormer: true })
  client = new Client(new HttpClient(app.url, app.key))
  await app.inbound({ text: '¿A qué hora?', waId: 'Q1' })
  const { body } = await client.get<Transcript>(`/api/v1/chats/${phone}/messages`)
  question = body.messages[0]?.id ?? 0
})
afterAll(() => app.stop())

/** Answers whose bodies a test knows. */
class Client {
  private readonly http: HttpClient

  constructor(http: HttpClient) {
    this.http = http
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const { status, json } = await this.http.ask(path, { method, body })
    return { status, body: json as T }
  }

  get = <T>(path: string) => this.ask<T>('GET', path)
  post = <T>(path: string, body: unknown) => this.ask<T>('POST', path, body)
  patch = <T>(path: string, body: unknown) => this.ask<T>('PATCH', path, body)
  delete = <T>(path: string) => this.ask<T>('DELETE', path)
}

interface Shown {
  id: number
  text: string
  kind?: string
  details?: Record<string, unknown>
  reactions?: unknown[]
  editedAt?: string
  deletedAt?: string
  formerTexts?: unknown[]
}
interface Transcript {
  messages: Shown[]
}

const newestSent = (): OutgoingMessage => {
  const sent = app.line.sent.at(-1)
  if (!sent) throw new Error('nothing was sent')
  return sent
}

/** Posts a body and gives what went out and what the chat shows of it. */
async function send(body: object): Promise<{ sent: OutgoingMessage; shown: Shown }> {
  const count = app.line.sent.length
  const { status, body: answer } = await client.post<{ messageId: number }>('/api/v1/send', {
    to: phone,
    ...body,
  })
  expect(status).toBe(200)
  await until(async () => (app.line.sent.length > count ? true : undefined))
  const { body: transcript } = await client.get<Transcript>(`/api/v1/chats/${phone}/messages`)
  const shown = transcript.messages.find(({ id }) => id === answer.messageId)
  if (!shown) throw new Error('it is not shown')
  return { sent: newestSent(), shown }
}

describe('a send by POST /send', () => {
  test('carries the message that it answers', async () => {
    const { sent, shown } = await send({ message: 'A las 15', replyTo: question })
    const quote = { fromMe: false, kind: 'text', text: '¿A qué hora?', messageId: question }
    expect(sent.details?.quote).toEqual({ ...quote, waId: 'Q1', participant: juan })
    expect(shown.details).toEqual({ quote })
  })

  test('carries mentions, a forwarded mark and a link preview', async () => {
    const linkPreview = { url: 'https://a.b/c', title: 'Turnos', description: '' }
    const body = {
      message: 'ver https://a.b/c @5491155550001',
      mentions: ['+54 9 11 5555-0001'],
      forwarded: true,
    }
    const { sent, shown } = await send({ ...body, linkPreview: { url: linkPreview.url, title: 'Turnos' } })
    const details = { mentions: ['5491155550001@s.whatsapp.net'], forwarded: 1, linkPreview }
    expect(sent).toMatchObject({ kind: 'text', details })
    expect(shown.details).toEqual(details)
  })

  test('carries a place, a contact card and a poll, without showing the poll’s secret', async () => {
    const place = await send({ location: { latitude: -34.6, longitude: -58.4, name: 'Obelisco' } })
    const location = { latitude: -34.6, longitude: -58.4, name: 'Obelisco', address: '', live: false }
    expect(place.sent).toMatchObject({ kind: 'location', details: { place: location } })
    expect(place.shown).toMatchObject({ kind: 'location', text: 'Obelisco', details: { location } })

    const contact = await send({ contact: { name: 'Ana', phones: ['+54 9 11 5555 0001'] } })
    expect(contact.shown.details).toEqual({
      contacts: [{ name: 'Ana', phones: ['5491155550001'], vcard: '' }],
    })

    const poll = await send({ poll: { question: '¿Cuándo?', options: ['Lunes', 'Martes'] } })
    expect(poll.sent.details?.secret).toHaveLength(44)
    expect(JSON.stringify(poll.shown)).not.toContain(poll.sent.details?.secret ?? '')
    const options = ['Lunes', 'Martes'].map((name) => ({ name, votes: 0 }))
    expect(poll.shown.details).toEqual({ poll: { question: '¿Cuándo?', options, selectable: 1, votes: [] } })
  })

  test('writes buttons and lists as numbered lines', async () => {
    expect((await send({ message: '¿Confirmás?', buttons: ['Sí', 'No'] })).sent.text).toBe(
      '¿Confirmás?\n\n1. Sí\n2. No',
    )
    const list = [{ title: 'Corte', description: '20 min' }, { title: 'Color' }]
    expect((await send({ message: 'Elegí:', list })).sent.text).toBe('Elegí:\n\n1. Corte – 20 min\n2. Color')
  })

  test('obeys the timer of the chat', async () => {
    await app.inbound({ text: 'se borra', details: { disappearsAfter: 86_400 } })
    expect((await send({ message: 'ok' })).sent.details).toEqual({ disappearsAfter: 86_400 })
    await app.inbound({ text: 'ya no' })
    expect((await send({ message: 'ok' })).sent.details).toBeNull()
  })

  test.each([
    [{ location: { latitude: 91, longitude: 0 } }, 'body.location.latitude'],
    [{ message: 'x', location: { latitude: 1, longitude: 0 } }, 'body.location'],
    [{ poll: { question: '?', options: ['a'] } }, 'body.poll.options'],
    [{ poll: { question: '?', options: ['a', 'a'] } }, 'body.poll.options'],
    [{ poll: { question: '?', options: ['a', 'b'], selectable: 3 } }, 'body.poll.selectable'],
    [{ contact: { name: 'Ana', phones: ['none'] } }, 'body.contact.phones.0'],
    [{ buttons: ['Sí'] }, 'body.buttons'],
    [{ message: 'x', buttons: ['Sí'], list: [{ title: 'a' }] }, 'body.list'],
    [{ message: 'x', replyTo: 999_999 }, 'body.replyTo'],
    [{ message: 'x', linkPreview: { url: 'file:///etc/passwd', title: 'x' } }, 'body.linkPreview.url'],
    [{ replyTo: 1 }, 'body.message'],
    [{ instruction: 'x', location: { latitude: 1, longitude: 0 } }, 'body.instruction'],
    [{ instruction: 'x', mentions: ['5491112345678'] }, 'body.instruction'],
  ])('refuses %j and names the field', async (body, field) => {
    const { status, body: answer } = await client.post<{ error: { details: { field: string }[] } }>(
      '/api/v1/send',
      {
        to: phone,
        ...body,
      },
    )
    expect(status).toBe(400)
    expect(JSON.stringify(answer)).toContain(`"${field}"`)
  })

  test('refuses an answer to a message of another chat', async () => {
    const { status } = await client.post('/api/v1/send', {
      to: '5491100000001',
      message: 'x',
      replyTo: question,
    })
    expect(status).toBe(400)
  })
})

interface Change {
  id: number
  messageId: number
  kind: string
  status: string
}
const show = async (id: number) => (await client.get<Shown>(`/api/v1/messages/${id}`)).body
const eventsOf = async (id: number) => {
  const { events } = await app.services.events.list(app.accountId, { after: 0, limit: 500 })
  return events
    .filter(({ event }) => 'messageId' in event.data && event.data.messageId === id)
    .map(({ event }) => event.name)
}

describe('a change of a message', () => {
  test('that is a reaction goes out, and is shown once WhatsApp has it', async () => {
    const path = `/api/v1/messages/${question}/reaction`
    const { status, body } = await client.post<Change>(path, { emoji: '👍' })
    expect([status, body.kind, body.messageId, body.status]).toEqual([200, 'reaction', question, 'queued'])
    const marked = await until(async () => ((await show(question)).reactions ? show(question) : undefined))
    expect(marked.reactions).toMatchObject([{ emoji: '👍', fromMe: true, participant: null }])
    expect(detailsOf(newestSent()).action).toMatchObject({
      target: { waId: 'Q1', fromMe: false, participant: null },
      chat: juan,
      text: '👍',
    })
    await client.post(path, { emoji: '' })
    await until(async () => ((await show(question)).reactions ? undefined : true))
    for (const emoji of ['abc', '👍👍', '5', 7]) expect((await client.post(path, { emoji })).status).toBe(400)
  })

  test('that edits an own text takes the place of its words, and keeps the former ones', async () => {
    const { shown } = await send({ message: 'a las 15' })
    const { status, body } = await client.patch<Change>(`/api/v1/messages/${shown.id}`, {
      message: 'a las 16',
    })
    expect(status).toBe(200)
    const edited = await until(async () => ((await show(shown.id)).editedAt ? show(shown.id) : undefined))
    expect(edited).toMatchObject({ text: 'a las 16', formerTexts: [{ text: 'a las 15', change: 'edit' }] })
    expect(await eventsOf(shown.id)).toContain('message.edited')
    // The order itself can be asked for, and stands in no transcript.
    expect(await show(body.id)).toMatchObject({ kind: 'edit', text: 'a las 16' })
    const { body: transcript } = await client.get<Transcript>(`/api/v1/chats/${phone}/messages`)
    expect(transcript.messages.map(({ id }) => id)).not.toContain(body.id)
    expect(await eventsOf(body.id)).toEqual([])
  })

  test('that deletes an own message for everyone leaves a mark that there was one', async () => {
    const { shown } = await send({ message: 'me equivoqué' })
    expect((await client.delete<Change>(`/api/v1/messages/${shown.id}`)).status).toBe(200)
    const deleted = await until(async () => ((await show(shown.id)).deletedAt ? show(shown.id) : undefined))
    expect(deleted).toMatchObject({
      text: '[deleted]',
      formerTexts: [{ text: 'me equivoqué', change: 'delete' }],
    })
    expect(await eventsOf(shown.id)).toContain('message.deleted')
    expect((await client.patch(`/api/v1/messages/${shown.id}`, { message: 'x' })).status).toBe(409)
  })

  test('that edits or deletes an event keeps the whole of what it was, each time, also where its name stays', async () => {
    const facts = { name: 'Asado', startsAt: '2026-12-01T20:00:00.000Z', place: 'Plaza' }
    const details = { facts, secret: Buffer.alloc(32).toString('base64') }
    await app.inbound({ waId: 'EVENT1', kind: 'event', text: 'Asado', details })
    const target = { waId: 'EVENT1', fromMe: false, participant: null }
    const chat = { kind: 'person', phone, lid: null, group: null } as const
    const later = { ...facts, startsAt: '2026-12-02T20:00:00.000Z' }
    const called = { ...later, name: 'Cena' }
    const changes = [
      { kind: 'edit', target, text: 'Asado', facts: later },
      { kind: 'edit', target, text: 'Cena', facts: called },
      { kind: 'delete', target },
    ] as const
    await app.services.inbox.messages(
      1,
      changes.map((change, n) => {
        const at = new Date(Date.now() + n)
        return { chat, waId: `CHANGE${n}`, fromMe: false, by: [], at, origin: 'live' as const, change }
      }),
    )
    const { body } = await client.get<Transcript>(`/api/v1/chats/${phone}/messages`)
    const { formerTexts } = await show(
      body.messages.find(({ deletedAt, kind }) => deletedAt && kind === 'event')?.id ?? 0,
    )
    expect(formerTexts).toMatchObject([
      { text: 'Asado', facts, change: 'edit' },
      { text: 'Asado', facts: later, change: 'edit' },
      { text: 'Cena', facts: called, change: 'delete' },
    ])
    expect(JSON.stringify(formerTexts)).not.toContain('secret')
  })

  test('that WhatsApp would not take is refused with the reason', async () => {
    const { shown } = await send({ message: 'hace rato' })
    const hour = 60 * 60_000
    const back = (ms: number) =>
      app.store.write((trx) =>
        trx
          .updateTable('messages')
          .set({ acked_at: Date.now() - ms })
          .where('id', '=', shown.id)
          .execute(),
      )
    await until(async () => ((await app.services.messages.get(1, shown.id)).ackedAt ? true : undefined))
    await back(hour)
    expect((await client.patch(`/api/v1/messages/${shown.id}`, { message: 'x' })).status).toBe(409)
    await back(61 * hour)
    expect((await client.delete(`/api/v1/messages/${shown.id}`)).status).toBe(409)
    for (const id of [question]) {
      expect((await client.patch(`/api/v1/messages/${id}`, { message: 'x' })).status).toBe(409)
      expect((await client.delete(`/api/v1/messages/${id}`)).status).toBe(409)
    }
    expect((await client.patch('/api/v1/messages/999999', { message: 'x' })).status).toBe(404)
  })
})

describe('a send by Botbiz', () => {
  const post = (body: object) =>
    client.post<{ id: string; type: string; content: string; details?: object }>('/v1/whatsapp/messages', {
      to: `+${phone}`,
      ...body,
    })

  test('BOTBIZ-28 carries places, contacts and reactions, with their words as content', async () => {
    const place = await post({ type: 'location', location: { latitude: 1, longitude: 2, name: 'Acá' } })
    expect(place.body).toMatchObject({
      type: 'location',
      content: 'Acá',
      details: { location: { latitude: 1 } },
    })
    const contact = await post({ type: 'contact', contact: { name: 'Ana', phones: ['+5491155550001'] } })
    expect(contact.body).toMatchObject({ type: 'contact', content: 'Ana' })
    const reaction = await post({ type: 'reaction', content: '❤️', message_id: `msg_${question}` })
    expect(reaction.body).toMatchObject({ type: 'reaction', content: '❤️' })
    const answer = await post({ type: 'text', content: 'sí', reply_to: `msg_${question}` })
    expect(answer.body.details).toMatchObject({ quote: { message_id: question, from_me: false } })
    await until(async () => ((await show(question)).reactions ? true : undefined))
  })

  test.each([
    [{ type: 'location' }, 'location'],
    [{ type: 'contact' }, 'contact'],
    [{ type: 'text' }, 'content'],
    [{ type: 'reaction', content: '👍' }, 'message_id'],
    [{ type: 'reaction', content: 'hola', message_id: 'msg_1' }, 'content'],
    [{ type: 'text', content: 'x', location: { latitude: 1, longitude: 1 } }, 'location'],
    [{ type: 'text', content: 'x', reply_to: 'Q1' }, 'reply_to'],
    [{ type: 'carrier-pigeon', content: 'x' }, 'type'],
    [{ type: 'text', content: '' }, 'content'],
    [{ type: 'edit', content: '', message_id: 'msg_1' }, 'content'],
    [{ type: 'edit', content: 'x' }, 'message_id'],
    [{ type: 'delete' }, 'message_id'],
    [{ type: 'delete', content: 'x', message_id: 'msg_1' }, 'content'],
    [{ type: 'poll' }, 'poll'],
    [{ type: 'text', content: 'x', poll: { question: '?', options: ['a', 'b'] } }, 'poll'],
    [{ type: 'image', media_id: 1, buttons: ['Sí'] }, 'buttons'],
    [{ type: 'text', content: 'x', buttons: ['Sí'], list: [{ title: 'a' }] }, 'list'],
    [{ type: 'image', media_id: 1, link_preview: { url: 'https://a.b', title: 'x' } }, 'link_preview'],
    [{ type: 'text', content: 'x', reply_to: 'msg_999999' }, 'body.reply_to'],
  ])('BOTBIZ-14 refuses %j and names what is missing', async (body, field) => {
    const { status, body: answer } = await post(body)
    expect(status).toBe(400)
    expect(JSON.stringify(answer)).toContain(field)
  })

  test.each(['reaction', 'edit', 'delete'])(
    'refuses a change of a message in another chat: %s',
    async (type) => {
      const content = type === 'delete' ? {} : { content: '👍' }
      const body = { to: '+5491100000001', type, message_id: `msg_${question}`, ...content }
      expect((await post(body)).status).toBe(404)
    },
  )
})

test('BOTSSY-42 an answer in a conversation may name the message that it answers', async () => {
  const { conversationId } = await app.services.messages.get(app.accountId, question)
  const path = `/api/v1/conversations/${conversationId}/messages`
  const { status, body } = await client.post<Shown>(path, { content: 'sí', replyTo: question })
  expect(status).toBe(201)
  expect(body.details).toMatchObject({ quote: { messageId: question } })
  const wordless = { location: { latitude: 1, longitude: 2 } }
  for (const refused of [
    {},
    { content: 'x', ...wordless },
    { media: { id: 1 }, ...wordless },
    { buttons: ['Sí'] },
  ]) {
    expect((await client.post(path, refused)).status).toBe(400)
  }
})
