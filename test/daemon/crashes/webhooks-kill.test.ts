import { afterAll, expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { Receiver, ok, status } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'

const customers = ['5491112345678', '5491123456789', '5511987654321', '5491134567890']

const receiver = await Receiver.start()
afterAll(() => receiver.down())
const { sandbox, daemon } = await sharedScene({
  customers,
  env: { ZAGUAN_WEBHOOKS__ALLOW_PRIVATE: '127.0.0.1' },
})
const made = await daemon.call('POST', '/api-management/webhooks', {
  name: 'CRM',
  url: receiver.url,
  events: ['message.received'],
})
expect(made.status).toBe(201)

interface Logged {
  id: string
  seq: number
  event: string
  data: { content?: string }
}

async function wholeLog(): Promise<Logged[]> {
  const all: Logged[] = []
  for (;;) {
    const { body } = await daemon.call<{ data: Logged[]; nextAfter: number; hasMore: boolean }>(
      'GET',
      `/api/v1/events?limit=500&after=${all.at(-1)?.seq ?? 0}`,
    )
    all.push(...body.data)
    if (!body.hasMore) return all
  }
}

const texts = () => receiver.got.map(({ json }) => (json['data'] as { content: string }).content)

/** Every text of a burst arrived, and those of each chat for the first time in the order in which they were written. */
async function checkArrived(prefix: string, count: number, withinMs: number): Promise<void> {
  const expected = Array.from({ length: count }, (_, n) => `${prefix} ${n + 1}`)
  const missing = () => {
    const got = new Set(texts())
    return expected.filter((text) => !got.has(text))
  }
  await until(`all of ${prefix} arrived`, () => missing().length === 0, withinMs).catch((error: unknown) => {
    throw new Error(`missing: ${missing().slice(0, 20).join(', ')}`, { cause: error })
  })
  const numbersOf = (all: string[]) =>
    all.filter((text) => text.startsWith(`${prefix} `)).map((text) => Number(text.split(' ')[1]))
  const delivered = numbersOf([...new Set(texts())])
  const logged = numbersOf((await wholeLog()).map(({ data }) => data.content ?? ''))
  for (let chat = 0; chat < customers.length; chat++) {
    const ofChat = (numbers: number[]) => numbers.filter((n) => (n - 1) % customers.length === chat)
    const written = ofChat(expected.map((_, n) => n + 1))
    expect({ chat, logged: ofChat(logged) }).toEqual({ chat, logged: written })
    expect({ chat, delivered: ofChat(delivered) }).toEqual({ chat, delivered: written })
  }
}

async function checkLog(count: number): Promise<void> {
  const log = await wholeLog()
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, n) => n + 1))
  const received = log.filter(({ event }) => event === 'message.received')
  expect(received).toHaveLength(count)
  expect(new Set(received.map(({ id }) => id)).size).toBe(count)
  const idOf = new Map(received.map(({ id, data }) => [data.content, id]))
  for (const { headers, json } of receiver.got) {
    expect(headers['webhook-id']).toBe(idOf.get((json['data'] as { content: string }).content))
  }
}

test('a daemon that is killed at random instants, its receiver away part of the time, delivers every event, logs each once and keeps the order', async () => {
  const count = 240
  const bulk = await sandbox.control.bulk({ account, customers, count, rate: 25, text: 'kill {n}' })
  const sent = async () => (await sandbox.control.bulkProgress(bulk.id)).sent
  for (let kill = 0; kill < 8; kill++) {
    const target = Math.min(count, (await sent()) + 8 + Math.floor(Math.random() * 22))
    await until('some more were written', async () => (await sent()) >= target)
    if (kill === 2) await receiver.down()
    if (kill === 5) await receiver.up()
    await daemon.kill()
    await daemon.start()
  }
  await until('every customer wrote', async () => (await sent()) === count, 60_000)
  await checkArrived('kill', count, 60_000)
  await checkLog(count)
}, 180_000)

test('a receiver that is away for a moment, and then through several probes, gets everything in order', async () => {
  const id = (await daemon.call<{ id: number }[]>('GET', '/api-management/webhooks')).body[0]!.id
  const hook = async () =>
    (await daemon.call<{ down: boolean; pending: number }>('GET', `/api-management/webhooks/${id}`)).body
  await receiver.down()
  await sandbox.control.bulk({ account, customers, count: 20, rate: 100, text: 'short {n}' })
  await until('it is seen to be down', async () => (await hook()).down)
  await receiver.up()
  await checkArrived('short', 20, 30_000)
  // Listening but refusing is another way to be away: it is tried with one delivery at a time.
  receiver.answer = status(503)
  await sandbox.control.bulk({ account, customers, count: 20, rate: 100, text: 'long {n}' })
  await until('all wait', async () => (await hook()).pending === 20)
  const tries = () => receiver.got.filter(({ json }) => JSON.stringify(json).includes('long '))
  await until('a probe follows the first pause', () => tries().at(-1)!.at - tries()[0]!.at > 4000)
  receiver.answer = ok
  await daemon.call('PATCH', `/api-management/webhooks/${id}`, { name: 'CRM' })
  await until('all are delivered', async () => (await hook()).pending === 0)
  expect(await hook()).toMatchObject({ down: false })
}, 60_000)

test('a daemon that is restarted by SIGTERM and SIGKILL while its receiver is down delivers everything in order', async () => {
  await receiver.down()
  const before = (await wholeLog()).filter(({ event }) => event === 'message.received').length
  await sandbox.control.bulk({ account, customers, count: 20, rate: 20, text: 'term {n}' })
  const logged = async (count: number) =>
    (await wholeLog()).filter(({ event }) => event === 'message.received').length === before + count
  await until('they are in the log', () => logged(20), 30_000)
  const ended = await daemon.stop()
  expect(ended.code).toBe(0)
  await daemon.start()
  await daemon.connected()
  await sandbox.control.bulk({ account, customers, count: 20, rate: 20, text: 'kill9 {n}' })
  await until('the others too', () => logged(40), 30_000)
  await daemon.kill()
  await daemon.start()
  await receiver.up()
  await checkArrived('term', 20, 60_000)
  await checkArrived('kill9', 20, 60_000)
  const { body } = await daemon.call<{ webhooks: object }>('GET', '/api/v1/status')
  expect(body.webhooks).toBeDefined()
}, 120_000)
