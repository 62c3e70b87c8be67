import { afterAll, beforeAll, expect, test } from 'vitest'
import { Daemon, SandboxProcess, account } from '../support/processes.ts'
import { until } from '../support/until.ts'

const customers = ['5491112345678', '5491123456789', '5511987654321']
const kills = 20
const inbound = 500
const outbound = 200
let sandbox: SandboxProcess
let daemon: Daemon

beforeAll(async () => {
  sandbox = await SandboxProcess.start()
  for (const number of customers)
    await sandbox.control.createCustomer(number, { name: `C${number.slice(-2)}` })
  daemon = await (await Daemon.create({ sandbox })).start()
  await daemon.link(sandbox.control)
})

afterAll(async () => {
  await daemon.remove()
  await sandbox.stop()
})

/** Sends as a careful client does: the same Idempotency-Key until there is an answer. */
async function sendSurely(to: string, text: string, key: string): Promise<number> {
  return until(
    `${key} is accepted`,
    () => daemon.send(to, text, { 'idempotency-key': key }).catch(() => undefined),
    60_000,
  )
}

test(`${kills} SIGKILLs at random instants lose nothing and double nothing, at either end`, async () => {
  const bulk = await sandbox.control.bulk({ account, customers, count: inbound, rate: 25, text: 'in {n}' })
  const sending = (async () => {
    const ids: number[] = []
    for (let n = 0; n < outbound; n++) {
      ids.push(await sendSurely(customers[n % customers.length]!, `out ${n}`, `key-${n}`))
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    return ids
  })()
  for (let kill = 0; kill < kills; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1500))
    await daemon.kill()
    await daemon.start()
  }
  const ids = await sending
  await daemon.connected()
  await until(
    'every customer wrote',
    async () => (await sandbox.control.bulkProgress(bulk.id)).sent === inbound,
    60_000,
  )

  const stored = async () => {
    const chats = await Promise.all(customers.map((number) => daemon.chat(number)))
    return chats.flat().filter(({ direction }) => direction === 'incoming')
  }
  await until('all are stored', async () => (await stored()).length >= inbound, 60_000)
  const texts = (await stored()).map(({ text }) => text).toSorted()
  expect(texts).toEqual(Array.from({ length: inbound }, (_, n) => `in ${n + 1}`).toSorted())

  for (const id of ids) {
    await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 60_000)
  }
  for (const [index, number] of customers.entries()) {
    const { messages } = await sandbox.control.received(number, 0, 1000)
    // A phone hides what comes twice under one id; nothing may come twice under two.
    const seen = messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)
    const expected = Array.from({ length: outbound }, (_, n) => n).filter(
      (n) => n % customers.length === index,
    )
    expect(seen).toEqual(expected.map((n) => `out ${n}`))
  }
}, 240_000)
