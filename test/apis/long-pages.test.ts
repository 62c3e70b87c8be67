import { beforeEach, expect, test } from 'vitest'
import { countFitting, maxPageBytes } from '../../src/core/page.ts'
import { indexSome } from '../../src/features/messages/queries/message-search.ts'
import { app } from '../features/fixture.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'

const juan = '5491112345678'
const count = 40
/** Returns the longest text that phones send, in characters of two bytes. */
const long = (n: number) => `torta ${n} `.padEnd(65_536, 'ñandú ').slice(0, 65_536)

let running: TestApp
let client: HttpClient

beforeEach(async () => {
  running = await app()
  client = new HttpClient(running.url, running.key)
  for (let n = 0; n < count; n++) {
    await running.inbound({ phone: juan, text: long(n), sentAt: new Date(Date.UTC(2026, 2, 25, 10, n)) })
  }
})

const ask = async <T>(path: string) => {
  const reply = await client.get(path)
  expect(reply.text.length).toBeLessThan(maxPageBytes)
  return reply.json as T
}

/** The number with which a long text begins. */
const numberOf = (text: string) => Number(/^torta (\d+)/.exec(text)?.[1])
const all = Array.from({ length: count }, (_, n) => n)

test('a page ends where its texts are long, says so, and the pages together have everything', async () => {
  interface Transcript {
    messages: { id: number; text: string }[]
    truncated?: true
  }
  const seen: number[] = []
  let page = await ask<Transcript>(`/api/v1/chats/${juan}/messages?limit=200`)
  expect(page.truncated).toBe(true)
  for (let before = ''; page.messages.length > 0; before = `&before=${page.messages[0]?.id}`) {
    if (before !== '') page = await ask<Transcript>(`/api/v1/chats/${juan}/messages?limit=200${before}`)
    seen.unshift(...page.messages.map(({ text }) => numberOf(text)))
  }
  expect(seen).toEqual(all)
  expect(page.truncated).toBeUndefined()
})

test('BOTSSY-36 the limit of a page that was cut is what came, so that its offset leads on', async () => {
  interface Page {
    data: { content: string }[]
    pagination: { total: number; limit: number; offset: number; truncated?: true }
  }
  const seen: number[] = []
  let cuts = 0
  for (let offset = 0; offset < count;) {
    const { data, pagination } = await ask<Page>(
      `/api/v1/conversations/1/messages?limit=500&offset=${offset}`,
    )
    seen.push(...data.map(({ content }) => numberOf(content)))
    if (pagination.truncated) cuts++
    expect(pagination).toMatchObject({ total: count, offset })
    if (pagination.truncated) expect(pagination.limit).toBe(data.length)
    offset += pagination.limit
  }
  expect([seen, cuts > 0]).toEqual([all, true])
})

test('the event log and its stream go on behind a page that was cut', async () => {
  interface Log {
    data: { event: string; data: { content: string } }[]
    nextAfter: number
    hasMore: boolean
  }
  const seen: number[] = []
  let pages = 0
  for (let after = 0, hasMore = true; hasMore; pages++) {
    const log = await ask<Log>(`/api/v1/events?limit=500&after=${after}`)
    seen.push(
      ...log.data
        .filter(({ event }) => event === 'message.received')
        .map(({ data }) => numberOf(data.content)),
    )
    ;[after, hasMore] = [log.nextAfter, log.hasMore]
  }
  expect([seen, pages > 1]).toEqual([all, true])
  const response = await fetch(`${running.url}/api/v1/events/stream?after=0`, {
    headers: { authorization: `Bearer ${running.key}` },
  })
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true })
    if (text.includes(`"torta ${count - 1} `)) break
  }
  expect([...text.matchAll(/"torta (\d+) /g)].map(([, n]) => Number(n))).toEqual(all)
})

test('a search goes on behind a page that was cut, and a list of chats shows the begin of a long text', async () => {
  interface Found {
    results: { text: string }[]
    nextCursor: string | null
  }
  const found = async (cursor: string) => ask<Found>(`/api/v1/search?q=torta&limit=100${cursor}`)
  await running.store.write((trx) => indexSome(trx, 500))
  let page = await found('')
  const seen = page.results.map(({ text }) => numberOf(text))
  for (let pages = 0; page.nextCursor !== null && pages < count; pages++) {
    page = await found(`&cursor=${page.nextCursor}`)
    seen.push(...page.results.map(({ text }) => numberOf(text)))
  }
  expect(seen).toEqual(all.toReversed())
  const { chats } = await ask<{ chats: { lastMessage: { text: string } }[] }>('/api/v1/chats')
  expect(chats[0]?.lastMessage.text).toBe(long(count - 1).slice(0, 4096))
})

test('one entry always fits into a page', () => {
  expect(countFitting([])).toBe(0)
  expect(countFitting([maxPageBytes * 2, 1])).toBe(1)
  expect(countFitting([maxPageBytes, 1])).toBe(1)
  expect(countFitting([1, maxPageBytes - 1, 1])).toBe(2)
})
