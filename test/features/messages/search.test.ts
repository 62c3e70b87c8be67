import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { indexSome, isIndexed } from '../../../src/features/messages/queries/message-search.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { chatsStored } from '../../support/rows/people.ts'

const juan = '5491112345678'
const maria = '5491155556666'
let app: TestApp
let minute = 0

interface Answer {
  results: {
    id: number
    jid: string
    text: string
    excerpt: string
    highlights: { start: number; end: number }[]
  }[]
  nextCursor: string | null
}

beforeAll(async () => {
  app = await startTestApp()
})

afterAll(() => app.stop())

const say = (phone: string, text: string, more: object = {}) =>
  app.inbound({ phone, text, sentAt: new Date(Date.UTC(2026, 2, 25, 14, minute++)), ...more })

async function indexed(): Promise<void> {
  while ((await app.store.write((trx) => indexSome(trx, 50))) > 0);
  expect(await isIndexed(app.store.read)).toBe(true)
}

async function ask(query: Record<string, string>): Promise<{ status: number; body: Answer }> {
  const url = `${app.url}/api/v1/search?${new URLSearchParams(query).toString()}`
  const response = await fetch(url, { headers: { authorization: `Bearer ${app.key}` } })
  return { status: response.status, body: (await response.json()) as Answer }
}

async function textsFor(q: string, more: Record<string, string> = {}): Promise<string[]> {
  const { status, body } = await ask({ q, ...more })
  expect(status).toBe(200)
  return body.results.map(({ text }) => text)
}

test('words are found whatever their accents and case, all of them, the last one unfinished, the newest first', async () => {
  await say(juan, '¿Cuánto cuesta el CAFÉ con leche?')
  await say(juan, 'Un café, por favor')
  await say(maria, 'Cafetera nueva')
  await indexed()
  expect(await textsFor('cafe')).toEqual([
    'Cafetera nueva',
    'Un café, por favor',
    '¿Cuánto cuesta el CAFÉ con leche?',
  ])
  expect(await textsFor('leche CAFÉ')).toEqual(['¿Cuánto cuesta el CAFÉ con leche?'])
  expect(await textsFor('café lech')).toEqual(['¿Cuánto cuesta el CAFÉ con leche?'])
  // A word that is finished is that word.
  expect(await textsFor('cafe ')).toEqual(['Un café, por favor', '¿Cuánto cuesta el CAFÉ con leche?'])
  expect(await textsFor('"con leche"')).toEqual(['¿Cuánto cuesta el CAFÉ con leche?'])
  expect(await textsFor('"leche con"')).toEqual([])
})

test('a search can be narrowed by chat, day, direction and kind', async () => {
  await say(juan, 'bicicleta roja')
  await say(maria, 'bicicleta azul', { fromMe: true })
  await say(maria, 'foto de la bicicleta', { kind: 'image' })
  await say(maria, 'bicicleta de antes', { sentAt: new Date('2020-01-01T12:00:00Z') })
  await indexed()
  expect(await textsFor('bicicleta', { jid: juan })).toEqual(['bicicleta roja'])
  expect(await textsFor('bicicleta', { direction: 'outgoing' })).toEqual(['bicicleta azul'])
  expect(await textsFor('bicicleta', { kind: 'image' })).toEqual(['foto de la bicicleta'])
  expect(await textsFor('bicicleta', { to: '2020-01-02' })).toEqual(['bicicleta de antes'])
  expect(await textsFor('bicicleta', { from: '2020-01-02', jid: maria })).toEqual([
    'foto de la bicicleta',
    'bicicleta azul',
  ])
  expect(await textsFor('bicicleta', { from: '2030-01-01' })).toEqual([])
  expect((await ask({ q: 'bicicleta', jid: '5491100000000' })).status).toBe(404)
})

test('pages follow one another without gap or repetition, also within one second', async () => {
  const sentAt = new Date('2026-03-25T20:00:00Z')
  for (let n = 0; n < 12; n++) await say(juan, `página ${n}`, { sentAt })
  await indexed()
  const texts: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await ask({ q: 'pagina', limit: '5', ...(cursor === '' ? {} : { cursor }) })
    texts.push(...body.results.map(({ text }) => text))
    cursor = body.nextCursor
  }
  expect(texts).toEqual(Array.from({ length: 12 }, (_, n) => `página ${11 - n}`))
})

test('an edited message is found by its new words only, a deleted or erased one not at all', async () => {
  await say(juan, 'el código es calandria')
  await indexed()
  await app.store.write((trx) =>
    trx
      .updateTable('messages')
      .set({ text: 'el código es zorzal' })
      .where('text', '=', 'el código es calandria')
      .execute(),
  )
  // Until the index has followed, the words of before lead to the message as it is now.
  await indexed()
  expect(await textsFor('calandria')).toEqual([])
  expect(await textsFor('zorzal')).toEqual(['el código es zorzal'])
  await app.store.write((trx) =>
    trx.deleteFrom('messages').where('text', '=', 'el código es zorzal').execute(),
  )
  expect(await textsFor('zorzal')).toEqual([])
  await indexed()
  expect(await textsFor('zorzal')).toEqual([])
  await say('5491177778888', 'una palabra irrepetible')
  await indexed()
  const chat = await app.services.chats.get(1, '5491177778888')
  const stored = await chatsStored(app.store.read)
  await app.services.customers.erase(1, stored.find(({ id }) => id === chat.id)?.customerId ?? 0)
  await indexed()
  expect(await textsFor('irrepetible')).toEqual([])
})

test('the text around the found words is safe to be put into a page', async () => {
  await say(juan, `${'x'.repeat(300)} <img src=x onerror=alert(1)> & "peligro" 👩‍👩‍👧 fin`)
  await indexed()
  const { body } = await ask({ q: 'peligro' })
  const [hit] = body.results
  expect(hit?.excerpt).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;<mark>peligro</mark>&quot;')
  expect(hit?.excerpt.replaceAll(/<\/?mark>/g, '')).not.toMatch(/[<>]/)
  const { start = 0, end = 0 } = hit?.highlights[0] ?? {}
  expect(hit?.text.slice(start, end)).toBe('peligro')
})

test('a key sees nothing of another account', async () => {
  await app.store.write(async (trx) => {
    const account = { network: 'whatsapp', name: 'Other', status: 'connected', created_at: 0 } as const
    await trx.insertInto('accounts').values(account).execute()
  })
  await app.services.inbox.messages(2, [
    {
      chat: { kind: 'person', phone: juan, lid: null, group: null },
      waId: 'OTHER',
      fromMe: false,
      participant: null,
      pushName: null,
      kind: 'text',
      text: 'secreto ajeno',
      details: null,
      sentAt: new Date(),
      origin: 'live',
      proto: null,
    },
  ])
  await indexed()
  expect(await textsFor('secreto')).toEqual([])
  expect(await textsFor('a2')).toEqual([])
})

test.each(['', '   ', '¿?!', '👍', '""', 'x'.repeat(201)])('%j is refused in words', async (q) => {
  const { status, body } = await ask({ q })
  expect(status).toBe(400)
  expect(JSON.stringify(body)).toContain('query.q')
})

test('a search answers whatever is typed, and each result has the marked words', async () => {
  const syntax = fc.constantFrom(
    '"',
    '*',
    '(',
    ')',
    ':',
    'AND',
    'OR',
    'NOT',
    'NEAR',
    '^',
    '-',
    '+',
    '{',
    '}',
    'scope',
    'cafe',
    '\u0000',
    "'",
    ';',
    '\\',
    '%',
    '\uE000',
    'ı',
    'ß',
    'ﬁ',
    'é',
  )
  const typed = fc.oneof(
    fc.string({ maxLength: 60, unit: 'grapheme' }),
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc.array(syntax, { maxLength: 20 }).map((parts) => parts.join(' ')),
    fc.array(syntax, { maxLength: 20 }).map((parts) => parts.join('')),
  )
  await fc.assert(
    fc.asyncProperty(typed, async (q) => {
      const { status, body } = await ask({ q })
      expect([200, 400]).toContain(status)
      for (const { text, highlights } of body.results ?? []) {
        for (const { start, end } of highlights) expect(text.slice(start, end)).not.toBe('')
      }
    }),
    { numRuns: 300 },
  )
})

test('a page of long texts lets others have a turn between its messages', async () => {
  const pablo = '5491133334444'
  for (let n = 0; n < 12; n++) await say(pablo, `ladrillo ${n} ${'ñandú '.repeat(8000)}`)
  await indexed()
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const question = { chat: null, direction: null, kind: null, from: null, to: null, after: null, limit: 20 }
  const { hits } = await app.services.search.messages(1, { ...question, typed: 'ladrillo' })
  isOver = true
  expect(hits.length).toBe(12)
  expect(turns).toBeGreaterThanOrEqual(12)
})
