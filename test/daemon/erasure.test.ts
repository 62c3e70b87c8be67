import { expect, test } from 'vitest'
import { findInFiles } from '../support/bytes.ts'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const number = '5491161234567'
const other = '34600111222'
/** Words by which the erased person could be found. */
const words = ['secretísimo', 'Juanjo Pérez', 'respuestaúnica', number]

const { sandbox, daemon } = await sharedScene({ customers: { [number]: 'Juanjo Pérez', [other]: 'Ana' } })

const traces = () => findInFiles(daemon.dataDir, words)

async function erase(): Promise<void> {
  const { body } = await daemon.call<{ data: { id: number }[] }>('GET', `/api/v1/customers?search=${number}`)
  expect((await daemon.call('DELETE', `/api/v1/customers/${body.data[0]?.id}`)).status).toBe(200)
}

const texts = async (jid: string) => (await daemon.chat(jid)).map(({ text }) => text)

test('an erased person is in no file of a linked gateway, and is a new one when they write again', async () => {
  for (let n = 0; n < 20; n++) {
    await sandbox.control.sendAsCustomer(number, account, `secretísimo ${n} ${'y'.repeat(n * 100)}`)
    await sandbox.control.sendAsCustomer(other, account, `otra ${n}`)
  }
  await until('all is stored', async () => (await texts(number)).length + (await texts(other)).length === 40)
  const id = await daemon.send(number, 'respuestaúnica', 'key')
  await until('it was sent', async () => (await daemon.message(id)).status !== 'queued')
  expect(traces()).not.toEqual([])

  await erase()
  await until('no trace is left', () => traces().length === 0)
  expect(await texts(other)).toHaveLength(20)

  // Its keys went as well: what it writes now is asked for once more, and comes.
  await sandbox.control.sendAsCustomer(number, account, 'secretísimo de nuevo')
  await until('it is stored', async () => (await texts(number)).includes('secretísimo de nuevo'), 30_000)
  await erase()
  // Whatever the process was at, the next one takes it up.
  await daemon.kill()
  await daemon.start()
  await until('no trace is left', () => traces().length === 0, 30_000)
  await daemon.stop()
  expect(traces()).toEqual([])
}, 120_000)
