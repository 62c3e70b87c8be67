import { expect, test } from 'vitest'
import { Daemon, account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const customers = ['5491112345678', '5491123456789', '5511987654321']

const { sandbox, daemon } = await sharedScene({ customers: customers })

async function storedOf(run: string): Promise<string[]> {
  const chats = await Promise.all(customers.map((number) => daemon.chat(number)))
  return chats
    .flat()
    .map(({ text }) => text)
    .filter((text) => text.startsWith(run))
}

/** In the end all messages of a run are stored, each once, and the sandbox has an answer for each. */
async function checkComplete(run: string, count: number): Promise<void> {
  await until('all are stored', async () => (await storedOf(run)).length >= count, 60_000)
  const expected = Array.from({ length: count }, (_, n) => `${run} ${n + 1}`)
  expect((await storedOf(run)).toSorted()).toEqual(expected.toSorted())
  // Once more after a clean restart: nothing that is left in a queue may come a second time.
  await daemon.stop()
  await daemon.start()
  await daemon.connected()
  expect((await storedOf(run)).length).toBe(count)
}

const bulk = async (run: string, count: number, rate?: number) => {
  const job = await sandbox.control.bulk({
    account,
    customers,
    count,
    text: `${run} {n}`,
    ...(rate === undefined ? {} : { rate }),
  })
  return job.id
}

const allSent = (id: string, count: number) =>
  until('all were written', async () => (await sandbox.control.bulkProgress(id)).sent === count, 60_000)

/** Counts the customers' stanzas that the daemon has not acknowledged. */
async function unanswered(): Promise<number> {
  const views = await sandbox.control.customers()
  return views.reduce((sum, { statuses }) => sum + (statuses['queued'] ?? 0), 0)
}

test('a kill in the middle of an offline backlog of 500 loses nothing and doubles nothing', async () => {
  await daemon.stop()
  await allSent(await bulk('backlog', 500), 500)
  await daemon.start()
  await until('it is in the middle', async () => (await unanswered()) < 350, 30_000)
  await daemon.kill()
  await daemon.start()
  await daemon.connected()
  await checkComplete('backlog', 500)
}, 180_000)

test('a kill at the moment when WhatsApp has all receipts of a burst of 500 loses nothing and doubles nothing', async () => {
  await bulk('burst', 500)
  await until('WhatsApp has all receipts', async () => (await unanswered()) === 0, 60_000)
  await daemon.kill()
  await daemon.start()
  await checkComplete('burst', 500)
}, 180_000)

test('five kills at 20 messages a second lose nothing and double nothing, and the daemon is back within seconds', async () => {
  const job = await bulk('stream', 200, 20)
  for (let kill = 0; kill < 5; kill++) {
    await until(
      'more have come',
      async () => (await sandbox.control.bulkProgress(job)).sent >= (kill + 1) * 30,
      60_000,
    )
    await daemon.kill()
    await daemon.start()
    await daemon.connected()
  }
  await allSent(job, 200)
  await checkComplete('stream', 200)
}, 180_000)

test('a second daemon on the same data folder ends with a sentence that names the first, and harms nothing', async () => {
  const second = await Daemon.create({ sandbox, dataDir: daemon.dataDir })
  await expect(second.start()).rejects.toThrow(
    new RegExp(`Another zaguan already uses .*process ${daemon.program?.child.pid}`),
  )
  expect((await second.program?.ended)?.code).toBe(1)
  expect((await daemon.status()).connected).toBe(true)
})
