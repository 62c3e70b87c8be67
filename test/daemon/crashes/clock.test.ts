import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { account, temporaryFolder } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const hours = 60 * 60_000
const preload = new URL('../../support/clocks/steppable-clock.mjs', import.meta.url).href
let run = 0
let customer: string

const file = join(await temporaryFolder(), 'step')
const env = { NODE_OPTIONS: `--import=${preload}`, STEP_FILE: file }
const { sandbox, daemon } = await sharedScene({ env })

beforeEach(async () => {
  customer = `54911123450${String(++run).padStart(2, '0')}`
  await sandbox.control.createCustomer(customer, { name: 'C' })
})

const writes = (text: string) => sandbox.control.sendAsCustomer(customer, account, text)
const shown = async () => (await daemon.chat(customer)).map(({ text }) => text)
const isRead = (id: number) =>
  until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 30_000)

async function step(ms: number): Promise<void> {
  const before = daemon.log.length
  await writeFile(file, String(ms))
  await until('it is noticed', () =>
    daemon.log
      .slice(before)
      .some(({ msg }) => String(msg).startsWith('the clock of this machine was changed')),
  )
}

test.each([
  ['forwards by two days', 48 * hours],
  ['back to the right time', 0],
  ['backwards by three hours', -3 * hours],
  ['back to the right time again', 0],
])(
  'a clock that is set %s lets nothing expire, repeats nothing and keeps the order',
  async (_name, ms) => {
    await writes('question 1')
    await until('it is there', async () => (await shown()).includes('question 1'))
    const first = await daemon.send(customer, 'answer 1')
    await isRead(first)
    // It waits for the network while the clock is set.
    await sandbox.control.fault({ kind: 'refuse_connections', how: 'busy', forMs: 4000 })
    await sandbox.control.fault({ kind: 'drop', account })
    const waiting = await daemon.send(customer, 'answer 2')
    await step(ms)
    expect((await daemon.message(waiting)).status).toBe('queued')
    await sandbox.control.fault({ kind: 'accept_connections' })
    await daemon.connected(60_000)
    await isRead(waiting)
    await writes('question 3')
    await until('it is there', async () => (await shown()).includes('question 3'))
    const last = await daemon.send(customer, 'answer 3')
    await isRead(last)
    // Messages from while the clock was ahead keep their position.
    const inOrder = (await shown()).filter((text) => ms >= 0 || text !== '')
    expect(inOrder).toEqual(['question 1', 'answer 1', 'answer 2', 'question 3', 'answer 3'])
    const { messages } = await sandbox.control.received(customer, 0, 10)
    expect(messages.map(({ text }) => text)).toEqual(['answer 1', 'answer 2', 'answer 3'])
    expect(messages.some(({ duplicate }) => duplicate)).toBe(false)
  },
  120_000,
)
