import { afterEach, expect, test } from 'vitest'
import { choresOf } from '../../../src/daemon/daemon-chores.ts'
import { status } from '../../support/receiver.ts'
import { JumpingClock } from '../../support/clocks/jumping-clock.ts'
import { until } from '../../support/until.ts'
import { Scene } from './fixture.ts'
import { conversationStatuses } from '../../support/rows/people.ts'
import { countRows } from '../../support/rows/tables.ts'

const dayMs = 24 * 60 * 60_000
let scene: Scene
afterEach(() => scene.stop())

async function begin() {
  const clock = new JumpingClock()
  scene = await Scene.start({ clock })
  const { services, webhooks } = scene.app
  const config = {
    conversations: { resolveAfterHours: 72 },
    webhooks: { retentionDays: 30, allowPrivate: [], endpoints: [] },
  }
  const log = { info: () => undefined } as never
  const doubles = { unite: () => Promise.resolve() }
  const documents = { sync: () => Promise.resolve() }
  const sessions = { prune: () => Promise.resolve() }
  const spare = { keep: () => Promise.resolve() }
  const watch = { look: () => Promise.resolve() }
  const chores = choresOf(config, {
    services,
    sessions,
    webhooks,
    documents,
    duplicates: doubles,
    watch,
    spare,
    clock,
    log,
  })
  const run = async () => {
    for (const chore of chores) await chore.run(new AbortController().signal)
  }
  return { clock, run }
}

const tables = ['webhook_deliveries', 'webhook_attempts', 'webhook_payloads'] as const

/** Counts the rows of deliveries, attempts and bodies. */
async function rows(): Promise<number[]> {
  return Promise.all(tables.map((table) => countRows(scene.app.store.read, table)))
}

test('after 30 days events, deliveries, attempts and bodies are forgotten; the numbers go on', async () => {
  const { clock, run } = await begin()
  const { id } = await scene.create()
  for (let n = 0; n < 3; n++) await scene.app.inbound({ text: `old ${n}` })
  await until('they are delivered', async () => (await scene.get(id))['pending'] === 0)
  await until('and written down', async () => (await scene.logs(id, '?status=delivered')).length === 3)
  clock.jump(29 * dayMs)
  await run()
  expect(await rows()).toEqual([3, 3, 3])
  const last = await scene.app.services.events.newest(1)
  clock.jump(2 * dayMs)
  await scene.app.inbound({ text: 'fresh' })
  await until('it is delivered', () => scene.receiver.got.some(({ body }) => body.includes('fresh')))
  await until('and written down', async () => (await scene.get(id))['pending'] === 0)
  await run()
  const { events } = await scene.app.services.events.list(1, { after: 0, limit: 100 })
  const seqs = events.map(({ event }) => event.seq)
  expect(seqs).toEqual(seqs.map((_, n) => seqs[0]! + n))
  expect(seqs[0]).toBeGreaterThan(1)
  expect(seqs.at(-1)).toBeGreaterThan(last)
  expect(await scene.logs(id)).toHaveLength(1)
  expect(await rows()).toEqual([1, 1, 1])
})

test('what waits for an active receiver is kept, whatever its age', async () => {
  const { clock, run } = await begin()
  scene.receiver.answer = status(500)
  const { id } = await scene.create()
  await scene.app.inbound({ text: 'waits' })
  await until('it failed', async () => (await scene.logs(id, '?status=retrying')).length === 1)
  clock.jump(31 * dayMs)
  await run()
  expect(await rows()).toEqual([1, 1, 1])
})

test('what waits longer than that for a receiver that is switched off is given up', async () => {
  const { clock, run } = await begin()
  scene.receiver.answer = status(500)
  const { id } = await scene.create()
  for (let n = 0; n < 3; n++) await scene.app.inbound({ text: `m ${n}`, phone: `549116232000${n}` })
  await until('it waits', async () => (await scene.get(id))['pending'] === 3)
  await until('it failed', async () => (await scene.get(id))['down'] === true)
  await scene.client.post(`/api-management/webhooks/${id}/toggle`, { isActive: false })
  await run()
  expect(await scene.get(id)).toMatchObject({ pending: 3 })
  clock.jump(31 * dayMs)
  await run()
  expect(await scene.get(id)).toMatchObject({ pending: 0 })
  expect(await rows()).toEqual([0, 0, 0])
})

test('events that did not become deliveries yet are kept', async () => {
  const { clock, run } = await begin()
  const { id } = await scene.create()
  await scene.app.inbound({ text: 'one' })
  await until('delivered', () => scene.receiver.got.length === 1)
  // As if the daemon had stopped before the dispatcher came to it.
  await scene.app.store.write(async (trx) => {
    await trx.updateTable('webhook_cursors').set({ seq: 1 }).execute()
  })
  clock.jump(31 * dayMs)
  await scene.app.services.events.prune(clock.now(), new AbortController().signal)
  const { events } = await scene.app.services.events.list(1, { after: 0, limit: 100 })
  expect(events[0]?.event.seq).toBe(2)
  expect(id).toBeGreaterThan(0)
  await run()
})

test('idle conversations are resolved by the clock', async () => {
  const { clock, run } = await begin()
  await scene.app.inbound({ text: 'hola' })
  const open = async () =>
    (await conversationStatuses(scene.app.store.read)).filter((status) => status !== 'resolved')
  await run()
  expect(await open()).toHaveLength(1)
  clock.jump(73 * 60 * 60_000)
  await run()
  expect(await open()).toHaveLength(0)
})
