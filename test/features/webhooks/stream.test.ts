import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { Scene } from './fixture.ts'

let scene: Scene
beforeAll(async () => void (scene = await Scene.start()))
afterAll(() => scene.stop())

interface Page {
  data: { id: string; seq: number; event: string; data: { content?: string } }[]
  nextAfter: number
  hasMore: boolean
}

async function page(query: string): Promise<Page> {
  return (await scene.client.get(`/api/v1/events${query}`)).json as Page
}

/** Opens the stream and collects what comes. */
async function follow(query: string, headers: Record<string, string> = {}) {
  const end = new AbortController()
  const response = await fetch(`${scene.app.url}/api/v1/events/stream${query}`, {
    headers: { authorization: `Bearer ${scene.app.key}`, ...headers },
    signal: end.signal,
  })
  const seen = { text: '', ended: false }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      seen.text += decoder.decode(chunk)
  })()
    .catch(() => undefined)
    .finally(() => (seen.ended = true))
  const ids = () => [...seen.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  return { response, seen, ids, end: () => end.abort() }
}

test('the log is read page by page, without gaps, whatever the connection to WhatsApp', async () => {
  for (let n = 0; n < 5; n++) await scene.app.inbound({ text: `m ${n}` })
  const all: Page['data'] = []
  for (let after = 0; ;) {
    const { data, nextAfter, hasMore } = await page(`?limit=3&after=${after}`)
    all.push(...data)
    expect(data.length).toBeLessThanOrEqual(3)
    after = nextAfter
    if (!hasMore) break
  }
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, n) => n + 1))
  const texts = all.filter(({ event }) => event === 'message.received').map(({ data }) => data.content)
  expect(texts).toEqual(['m 0', 'm 1', 'm 2', 'm 3', 'm 4'])
  for (const { id } of all) expect(id).toMatch(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/)
  expect((await scene.client.get('/api/v1/events?after=-1')).status).toBe(400)
  expect((await scene.client.get('/api/v1/events', { key: null })).status).toBe(401)
})

test('the stream begins with what comes next, and goes on after Last-Event-ID', async () => {
  const { nextAfter: before } = await page('?limit=500')
  const live = await follow('')
  expect(live.response.headers.get('content-type')).toContain('text/event-stream')
  await until('it is open', () => live.seen.text.includes('retry:'))
  await scene.app.inbound({ text: 'streamed' })
  await until('it came', () => live.seen.text.includes('streamed'))
  expect(live.ids()[0]).toBe(before + 1)
  live.end()
  await scene.app.inbound({ text: 'while away' })
  const again = await follow('', { 'last-event-id': String(live.ids().at(-1)) })
  await until('what was missed came', () => again.seen.text.includes('while away'))
  expect(again.ids()[0]).toBe(live.ids().at(-1)! + 1)
  again.end()
})

test('a position that does not exist is refused in the list and in the stream, and no client waits there', async () => {
  const { nextAfter: newest } = await page('?limit=500')
  expect((await scene.client.get(`/api/v1/events?after=${newest}`)).status).toBe(200)
  const positions: [string, Record<string, string>, string][] = [
    [`?after=${newest + 1}`, {}, 'query.after'],
    ['?after=99999999', {}, 'query.after'],
    ['', { 'last-event-id': '99999999' }, 'Last-Event-ID'],
    ['', { 'last-event-id': 'abc' }, 'Last-Event-ID'],
    [`?after=${newest}`, { 'last-event-id': '-1' }, 'Last-Event-ID'],
  ]
  for (const [query, headers, field] of positions) {
    const paths = 'last-event-id' in headers ? ['/stream'] : ['', '/stream']
    for (const path of paths) {
      const reply = await scene.client.get(`/api/v1/events${path}${query}`, { headers })
      expect([path, query, reply.status, reply.text]).toEqual([
        path,
        query,
        400,
        expect.stringContaining(`"${field}"`),
      ])
      expect(reply.text).toContain('this position does not exist')
    }
  }
})

test('several readers each get every event', async () => {
  const readers = await Promise.all([follow(''), follow(''), follow('')])
  for (const { seen } of readers) await until('it is open', () => seen.text.includes('retry:'))
  for (let n = 0; n < 20; n++) await scene.app.inbound({ text: `to all ${n}` })
  for (const { seen, ids } of readers) {
    await until('the last one came', () => seen.text.includes('to all 19'))
    expect(ids()).toEqual(ids().map((_, n) => ids()[0]! + n))
  }
  for (const { end } of readers) end()
})

test('a stream does not hold up the stop of the server', async () => {
  const other = await Scene.start()
  const response = await fetch(`${other.app.url}/api/v1/events/stream`, {
    headers: { authorization: `Bearer ${other.app.key}` },
  })
  const began = performance.now()
  await other.stop()
  expect(performance.now() - began).toBeLessThan(3000)
  await response.text()
})
