import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { killPoints } from '../../support/kill-points.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const points = killPoints()
let run = 0
const first = '5491112345678'

const { sandbox, daemon } = await sharedScene({ customers: [first], ...points.options })
// The writes of the linking are over before the first point.
await sandbox.control.sendAsCustomer(first, account, 'hola')
await until('it is there', async () => (await daemon.chat(first)).length === 1)

/** Sends as a careful client does: with one key until there is an answer. */
async function sendSurely(to: string, message: string): Promise<number> {
  const key = randomUUID()
  const attempt = () => daemon.send(to, message, key).catch(() => undefined)
  return until(`"${message}" is taken`, attempt, 30_000)
}

test.each([
  'a stanza has come',
  'it is in the journal, without a receipt',
  'it is a message, and still in the journal',
  'it has left the journal',
  'a message is queued, and nobody knows',
  'it is about to go out',
  'it is out, and its ack has come',
  'its ack is known, and not stored',
  'it is stored as sent',
  'its receipt is stored, and WhatsApp does not know',
])(
  'a kill when %s loses nothing and doubles nothing',
  async (point) => {
    const customer = `54911120000${String(++run).padStart(2, '0')}`
    await sandbox.control.createCustomer(customer, { name: 'C' })
    await daemon.stop()
    points.next = point
    await daemon.start()
    await daemon.connected()
    const incoming: string[] = []
    for (const n of [1, 2, 3]) {
      incoming.push(await sandbox.control.sendAsCustomer(customer, account, `in ${n}`))
    }
    const sending = Promise.all([1, 2, 3].map((n) => sendSurely(customer, `out ${n}`)))
    expect((await daemon.program?.ended)?.signal).toBe('SIGKILL')
    points.next = undefined
    await daemon.start()
    await daemon.connected()
    for (const id of await sending) {
      await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 30_000)
    }
    const texts = await until('all are stored', async () => {
      const chat = await daemon.chat(customer)
      return chat.length >= 6 && chat.map(({ text }) => text)
    })
    expect(texts.filter((text) => text.startsWith('in'))).toEqual(['in 1', 'in 2', 'in 3'])
    expect(texts.filter((text) => text.startsWith('out')).toSorted()).toEqual(['out 1', 'out 2', 'out 3'])
    const { messages } = await sandbox.control.received(customer, 0, 100)
    const seen = messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)
    expect(seen.toSorted()).toEqual(['out 1', 'out 2', 'out 3'])
    const { statuses } = await sandbox.control.statuses(customer, incoming)
    for (const status of Object.values(statuses)) expect(status).not.toBe('queued')
  },
  90_000,
)
