import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { account, temporaryFolder } from '../../support/processes.ts'
import { sharedScene, startScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const { sandbox, daemon } = await sharedScene()
/** The running test's own customer. */
let customer: string
let run = 0

beforeEach(async () => {
  customer = `54911123456${String(++run).padStart(2, '0')}`
  await sandbox.control.createCustomer(customer, { name: 'C' })
})

/** Refusals of a login by their code: the state, the sentence, and the account's status in the event log. */
const refusals = {
  400: { state: 'waiting', reason: 'unknown', say: 'for an unknown reason' },
  402: { state: 'closed', reason: 'locked', say: 'WhatsApp has locked this account' },
  403: { state: 'closed', reason: 'banned', say: 'WhatsApp has banned this number' },
  405: { state: 'waiting', reason: 'client_outdated', say: 'no longer accepts this client version' },
  406: { state: 'closed', reason: 'banned', say: 'WhatsApp has banned this number' },
  463: { state: 'closed', reason: 'locked', say: 'WhatsApp has locked this account' },
  500: { state: 'waiting', reason: 'bad_session', say: 'a fault in the session' },
  503: { state: 'waiting', reason: 'service_unavailable', say: 'not available at the moment' },
} as const

test.each(Object.entries(refusals))(
  'a login that is refused with %s keeps the data and gives the reason in every place',
  async (code, expected) => {
    const id = await daemon.send(customer, 'before')
    await until('it is read', async () => (await daemon.message(id)).status === 'read')
    await sandbox.control.fault({ kind: 'fail_logins', reason: Number(code), count: 50 })
    await sandbox.control.fault({ kind: 'drop', account })
    const { connection } = await until('it is refused', async () => {
      const status = await daemon.status()
      return status.connection.reason === expected.reason && status
    })
    expect(connection.state).toBe(expected.state)
    expect(connection.say).toContain(expected.say)
    const ready = await fetch(`${daemon.url}/readyz`, {
      headers: { authorization: `Bearer ${daemon.key}` },
    })
    expect([ready.status, (await ready.text()).includes(expected.say)]).toEqual([503, true])
    expect(daemon.log.some((line) => line['reason'] === expected.reason)).toBe(true)
    expect((await daemon.chat(customer)).length).toBe(1)
    await sandbox.control.clearFaults()
    await daemon.stop()
    await daemon.start()
    await daemon.connected()
  },
)

test('the owner is told by a command and at an address, once', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'alerts')
  const posts: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      posts.push(body)
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await using own = await startScene({
    env: {
      ZAGUAN_ALERTS__COMMAND: `printf '%s|%s\\n' "$ZAGUAN_ALERT" "$ZAGUAN_ALERT_TEXT" >> ${file}`,
      ZAGUAN_ALERTS__URL: `http://127.0.0.1:${port}/topic`,
    },
  })
  await own.sandbox.control.unlink(account)
  await until('both have heard', () => {
    try {
      return posts.length > 0 && readFileSync(file, 'utf8').includes('\n')
    } catch {
      return false
    }
  })
  expect(readFileSync(file, 'utf8')).toMatch(/^logged_out\|The phone removed this device/)
  expect(posts[0]).toContain('The phone removed this device')
  server.close()
  expect(posts.length).toBe(1)
})

describe('a customer’s phone that cannot decrypt', () => {
  test('gets the message again', async () => {
    await daemon.send(customer, 'first')
    await until('it arrived', async () => (await sandbox.control.received(customer)).total === 1)
    await sandbox.control.forgetSessions(customer)
    const id = await daemon.send(customer, 'second')
    await until('it is read', async () => (await daemon.message(id)).status === 'read')
    const { messages } = await sandbox.control.received(customer)
    expect(messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)).toEqual([
      'first',
      'second',
    ])
  })

  test('gets it also when the gateway was restarted in between', async () => {
    await daemon.send(customer, 'first')
    await until('it arrived', async () => (await sandbox.control.received(customer)).total === 1)
    await sandbox.control.setAuto(customer, { deliver: false })
    const id = await daemon.send(customer, 'second')
    await until('WhatsApp has it', async () => (await daemon.message(id)).status === 'sent')
    await daemon.kill()
    await sandbox.control.forgetSessions(customer)
    await sandbox.control.setAuto(customer, { deliver: true })
    await daemon.start()
    await daemon.connected()
    await until('it is read', async () => (await daemon.message(id)).status === 'read')
    const { messages } = await sandbox.control.received(customer)
    expect(messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)).toEqual([
      'first',
      'second',
    ])
  })
})

test('a receipt that comes before the ack counts, and a lost ack sends nothing twice', async () => {
  await sandbox.control.fault({ kind: 'drop_acks', count: 1 })
  const id = await daemon.send(customer, 'without an ack')
  await until('it is read', async () => (await daemon.message(id)).status === 'read', 30_000)
  const next = await daemon.send(customer, 'next')
  await until('the next one is read', async () => (await daemon.message(next)).status === 'read', 30_000)
  const { messages, duplicates } = await sandbox.control.received(customer)
  expect(duplicates).toBe(0)
  expect(messages.map(({ text }) => text)).toEqual(['without an ack', 'next'])
})
