import { beforeEach, describe, expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const juan = '5491112345678'
let run = 0

const { sandbox, daemon } = await sharedScene({ customers: [juan] })

beforeEach(async () => {
  run++
  await surely(() => sandbox.control.clearFaults())
  await daemon.connected(60_000)
})

/** The sandbox's own API is away with its network. */
async function surely<T>(work: () => Promise<T>): Promise<T> {
  const attempt = () =>
    work().then(
      (value) => ({ value }),
      () => undefined,
    )
  return (await until('the sandbox answers', attempt, 30_000)).value
}

const repeat = <T>(count: number, work: (n: number) => Promise<T>) =>
  Array.from({ length: count }, (_, n) => n).reduce<Promise<T[]>>(
    async (before, n) => [...(await before), await work(n)],
    Promise.resolve([]),
  )

/** The texts of this run that reached the customer, without what its phone hides as a repetition. */
async function arrived(): Promise<string[]> {
  const { total } = await surely(() => sandbox.control.received(juan, 0, 0))
  const { messages } = await sandbox.control.received(juan, Math.max(0, total - 200), 200)
  return messages
    .filter(({ duplicate, text }) => !duplicate && text.startsWith(`${run} out`))
    .map(({ text }) => text)
}

async function stored(): Promise<string[]> {
  return (await daemon.chat(juan)).filter(({ text }) => text.startsWith(`${run} in`)).map(({ text }) => text)
}

/**
 * Ten messages each way while something goes wrong: in the end all are there, each once, in order, with the right statuses.
 */
async function checkTenEachWay(
  fault: () => Promise<unknown>,
  after: () => Promise<unknown> = async () => undefined,
) {
  await fault()
  const ids = await repeat(10, (n) => daemon.send(juan, `${run} out ${n}`))
  const incoming = await repeat(10, (n) =>
    surely(() => sandbox.control.sendAsCustomer(juan, account, `${run} in ${n}`)),
  )
  await after()
  const expected = (kind: string) => Array.from({ length: 10 }, (_, n) => `${run} ${kind} ${n}`)
  await until('all are stored', async () => (await stored()).length >= 10, 60_000)
  expect(new Set(await stored())).toEqual(new Set(expected('in')))
  expect((await stored()).length).toBe(10)
  for (const id of ids) {
    await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 60_000)
  }
  expect(await arrived()).toEqual(expected('out'))
  const { statuses } = await surely(() => sandbox.control.statuses(juan, incoming))
  for (const status of Object.values(statuses)) expect(status).not.toBe('queued')
}

const matrix: Record<string, () => Promise<void>> = {
  'the TCP connection is cut': () => checkTenEachWay(() => sandbox.control.fault({ kind: 'drop', account })),
  'the socket is closed in good order': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'close', account })),
  'stream error 500': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'stream_error', code: 500, account })),
  'stream error 503': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'stream_error', code: 503, account })),
  'stream error 515': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'stream_error', code: 515, account })),
  'stanzas come twice': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'deliver_twice', count: 10 })),
  'stanzas come in another order': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'reorder', count: 10 })),
  'three ciphertexts are corrupt': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'corrupt', count: 3 })),
  'three acks come late': () =>
    checkTenEachWay(() => sandbox.control.fault({ kind: 'delay_acks', count: 3, ms: 1500 })),
  'two acks are lost, and the connection with them': () =>
    checkTenEachWay(
      () => sandbox.control.fault({ kind: 'drop_acks', count: 2 }),
      () => sandbox.control.fault({ kind: 'drop', account }),
    ),
  'the network is away for seconds': () =>
    checkTenEachWay(async () => {
      // The daemon pauses before its first new try: by then the port is closed.
      await sandbox.control.fault({ kind: 'drop', account })
      await sandbox.control.fault({ kind: 'refuse_connections', how: 'closed', forMs: 4000 })
    }),
  'the server answers with HTTP 503 for seconds': () =>
    checkTenEachWay(async () => {
      await sandbox.control.fault({ kind: 'refuse_connections', how: 'busy', forMs: 3000 })
      await sandbox.control.fault({ kind: 'drop', account })
    }),
}

describe('no message is missing and none comes twice when', () => {
  for (const [fault, check] of Object.entries(matrix)) test(fault, check, 120_000)

  test('the server freezes with the connection open', async () => {
    await sandbox.control.fault({ kind: 'freeze' })
    const ids = await repeat(3, (n) => daemon.send(juan, `${run} out ${n}`))
    const waiting = await until(
      'the dead peer is noticed',
      async () => {
        const { connection } = await daemon.status()
        return connection.reason === 'timed_out' && connection
      },
      60_000,
    )
    expect(waiting.say).toContain('WhatsApp did not answer')
    await sandbox.control.fault({ kind: 'thaw' })
    for (const id of ids) {
      await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 90_000)
    }
    expect(await arrived()).toEqual([0, 1, 2].map((n) => `${run} out ${n}`))
  }, 180_000)
})

describe('a send tells what became of it', () => {
  test('463 fails at once with its reason and is not tried again', async () => {
    await sandbox.control.fault({ kind: 'refuse_messages', error: 463, count: 1 })
    const id = await daemon.send(juan, `${run} out refused`)
    const message = await until('it failed', async () => {
      const found = await daemon.message(id)
      return found.status === 'failed' && found
    })
    expect(message.reason).toBe('reachout_locked')
    const next = await daemon.send(juan, `${run} out next`)
    await until('the next one is read', async () => (await daemon.message(next)).status === 'read')
    expect(await arrived()).toEqual([`${run} out next`])
  })

  test('?wait=delivered answers when it is delivered', async () => {
    const { body } = await daemon.call<{ status: string }>('POST', '/api/v1/send?wait=delivered', {
      to: juan,
      message: `${run} out awaited`,
    })
    expect(['delivered', 'read']).toContain(body.status)
  })

  test('?wait=sent tells of a refusal', async () => {
    await sandbox.control.markAbsent('5491100000000')
    const { body } = await daemon.call<{ status: string; results: { error: string }[] }>(
      'POST',
      '/api/v1/send?wait=sent',
      { to: '5491100000000', message: 'nobody' },
    )
    expect(body.status).toBe('failed')
    expect(body.results[0]?.error).toBe('This number is not on WhatsApp.')
  })

  test('a message that waits can be cancelled, and never goes out', async () => {
    await sandbox.control.fault({ kind: 'refuse_connections', how: 'busy', forMs: 3000 })
    await sandbox.control.fault({ kind: 'drop', account })
    await until('the connection is lost', async () => !(await daemon.status()).connected)
    const id = await daemon.send(juan, `${run} out cancelled`)
    const { status, body } = await daemon.call<{ status: string }>('POST', `/api/v1/messages/${id}/cancel`)
    expect([status, body.status]).toEqual([200, 'cancelled'])
    await daemon.connected(30_000)
    const next = await daemon.send(juan, `${run} out after`)
    await until('the next one is read', async () => (await daemon.message(next)).status === 'read')
    expect(await arrived()).toEqual([`${run} out after`])
    const again = await daemon.call<{ error: { code: string } }>('POST', `/api/v1/messages/${id}/cancel`)
    expect([again.status, again.body.error.code]).toEqual([409, 'conflict'])
  }, 60_000)
})

test('a connection that is lost again and again is called flapping', async () => {
  for (let n = 0; n < 5; n++) {
    await daemon.connected(60_000)
    await sandbox.control.fault({ kind: 'drop', account })
    await until('it was lost', async () => !(await daemon.status()).connected).catch(() => undefined)
  }
  expect((await daemon.status()).connection.say).toMatch(/lost \d+ times in the last hour/)
}, 120_000)
