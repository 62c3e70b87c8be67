import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventFacts } from '../../../src/features/webhooks/event-facts.ts'
import { appendEvent } from '../../../src/features/events/queries/events.ts'
import type { Trx } from '../../../src/db/tables.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { rowsOf } from '../../support/rows/tables.ts'

let app: TestApp
let woken: number
beforeEach(async () => {
  app = await startTestApp()
  woken = 0
  app.store.eventsAppended.subscribe(() => void woken++)
})
afterEach(() => app.stop())

const append = (trx: Trx) => {
  const draft = {
    name: 'webhook.test',
    accountId: app.accountId,
    chatId: null,
    data: { webhookId: 1 },
  } as const
  return appendEvent(trx, draft, new Date())
}

test('an event that is appended in any write wakes the followers of the log without a call', async () => {
  await app.store.write(append)
  await app.store.writeLazily(append)
  await app.store.writeAside(append)
  await app.store.writeUrgently(append)
  await app.store.write(() => app.store.write(append))
  expect(woken).toBe(5)
})

test('a reader that waits for the next event gets it long before it would look by itself', async () => {
  const end = new AbortController()
  const after = await app.services.events.newest(app.accountId)
  const pages = app.services.events.follow(app.accountId, { after, limit: 10, signal: end.signal })
  const next = pages.next()
  const { id } = await app.store.write(append)
  const began = performance.now()
  const page = (await next).value as EventFacts[]
  expect(performance.now() - began).toBeLessThan(5000)
  expect(page.map(({ event }) => event.id)).toEqual([id])
  end.abort()
  await pages.return(undefined)
})

test('a write that fails wakes no follower, and neither does one without an event', async () => {
  const failing = app.store.write(async (trx) => {
    await append(trx)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  await app.store.write((trx) => rowsOf(trx, 'accounts'))
  expect(woken).toBe(0)
})

test('a turn that the bot is given without an event wakes the bot', async () => {
  const manned = await startTestApp({ modelConfigured: true })
  let queued = 0
  manned.services.turnsQueued.subscribe(() => void queued++)
  const owner = new HttpClient(manned.url, manned.key)
  await owner.post('/api/v1/send', { to: '5491112345678', instruction: 'Say hello.' })
  expect(queued).toBe(1)
  await manned.stop()
})
