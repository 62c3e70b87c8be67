import { expect, test } from 'vitest'
import type { Scope } from '../../src/features/access/scopes.ts'
import type { TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'

import { HandClock, app, message, send } from '../features/fixture.ts'

const scrape = async ({ url, key }: TestApp, token = key) => {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('the figures tell of connections, messages, the outbox and the process, counted once', async () => {
  const clock = new HandClock()
  const one = await app({ clock })
  await one.inbound({ text: 'hola' })
  const id = await send(one, 'dime')
  await until('it is sent', async () => (await message(one, id)).status === 'sent')
  const { status, type, text } = await scrape(one)
  expect(status).toBe(200)
  expect(type).toContain('text/plain; version=0.0.4')
  expect(text).toContain('zaguan_connection_state{account="wha_1",state="open"} 1')
  expect(text).toContain('zaguan_connection_state{account="wha_1",state="closed"} 0')
  expect(text).toContain('zaguan_messages_total{account="wha_1",direction="in",status="received"} 1')
  expect(text).toContain('zaguan_messages_total{account="wha_1",direction="out",status="sent"} 1')
  expect(text).toContain('zaguan_webhook_deliveries_pending{account="wha_1"} 0')
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  expect(text).toMatch(/^process_resident_memory_bytes /m)
  // Nobody's number or name is in it.
  expect(text).not.toMatch(/54911|@|Juan/)

  one.line.become({ kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' })
  await send(one, 'uno')
  await send(one, 'dos', '5491112340001@s.whatsapp.net')
  clock.advance(90_000)
  const end = new Date(clock.now().getTime() + 60_000)
  await one.services.inbox.restricted(1, { lock: { active: true, until: end, type: null } })
  await one.inbound({ text: 'sigo' })
  // Two at once: each thing is told to one of them, and stays counted.
  const [, { text: later }] = await Promise.all([scrape(one), scrape(one)])
  expect(later).toContain('zaguan_connection_state{account="wha_1",state="open"} 0')
  expect(later).toContain('zaguan_outbox_waiting{account="wha_1",class="reply",reason="in_line"} 1')
  expect(later).toContain('zaguan_outbox_waiting{account="wha_1",class="cold",reason="in_line"} 1')
  expect(later).toContain('zaguan_outbox_oldest_age_seconds{account="wha_1"} 90')
  expect(later).toContain('zaguan_new_chats_held{account="wha_1",reason="reachout_locked"} 1')
  expect(later).toContain(`zaguan_new_chats_held_until_seconds{account="wha_1"} ${end.getTime() / 1000}`)
  expect(later).toContain('zaguan_messages_total{account="wha_1",direction="in",status="received"} 2')
})

test('only a key of all accounts with the right to read figures sees them', async () => {
  const one = await app()
  const key = async (scope: Scope, accountId: number | null, mode: 'live' | 'test' = 'live') =>
    (await one.services.apiKeys.createAsOwner({ name: 'k', mode, scopes: [scope], accountId })).key
  expect((await scrape(one, await key('read:accounts', null))).status).toBe(200)
  expect((await scrape(one, await key('read:messages', null))).status).toBe(403)
  expect((await scrape(one, await key('read:accounts', 1))).status).toBe(403)
  expect((await scrape(one, await key('read:accounts', null, 'test'))).status).toBe(403)
  expect((await scrape(one, 'nobody')).status).toBe(401)
})

test('every figure keeps the rules of Prometheus for names, kinds and help', async () => {
  const { text } = await scrape(await app())
  const types = [...text.matchAll(/^# TYPE (zaguan_\S+) (\S+)$/gm)].map(([, name = '', type]) => ({
    name,
    type,
  }))
  expect(types.map(({ name }) => name)).toContain('zaguan_new_chats_cap_limit')
  for (const { name, type } of types) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
    // Only counters are totals, and all of them; the other endings belong to histograms and summaries.
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
    expect(name).not.toMatch(/_(?:count|sum|bucket|info|gauge|counter|ms|milliseconds|minutes|hours|kb|mb)$/)
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\S`, 'm'))
  }
  expect(text).toMatch(/^zaguan_event_loop_delay_max_seconds \S+$/m)
  expect(text).toMatch(/^zaguan_event_loop_stalls_total 0$/m)
})
