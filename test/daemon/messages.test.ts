import { dataOf } from 'zaguan/client'
import { describe, expect, test } from 'vitest'
import { account } from '../support/processes.ts'
import { sharedScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const juan = '5491112345678'

const { sandbox, daemon } = await sharedScene({ customers: [juan] })

/** Texts of every awkward kind, each different from all others. */
function texts(count: number, prefix: string): string[] {
  const kinds = [
    (n: number) => `${prefix} ${n} hola, ¿qué tal?`,
    (n: number) => `${prefix} ${n} 👩‍👩‍👧‍👦🏳️‍🌈 emoji 🇦🇷`,
    (n: number) => `${prefix} ${n} مرحبا שלום \u202Ertl\u202C`,
    (n: number) => `${prefix} ${n}\nline two\r\nline three\n\n\ttab`,
    (n: number) => `${prefix} ${n} ${'x'.repeat(4096 - prefix.length - String(n).length - 2)}`,
    (n: number) => `${prefix} ${n} "quoted" \\ 'single' <b>&amp; \u2028 \u0000 end`,
  ]
  return Array.from({ length: count }, (_, n) => kinds[n % kinds.length]!(n))
}

describe('in a chat with a customer', () => {
  test('200 messages each way arrive with equal texts, in order, and are read in the end', async () => {
    const incoming = texts(200, 'in')
    const outgoing = texts(200, 'out')
    const receive = async () => {
      for (const text of incoming) await sandbox.control.sendAsCustomer(juan, account, text)
    }
    const send = async () => {
      const ids: number[] = []
      for (const text of outgoing) ids.push(await daemon.send(juan, text))
      return ids
    }
    const [ids] = await Promise.all([send(), receive()])

    const chat = await until('all are stored', async () => {
      const messages = await daemon.chat(juan)
      return messages.length >= 400 && messages
    })
    expect(chat.filter(({ direction }) => direction === 'incoming').map(({ text }) => text)).toEqual(incoming)
    await until('all have arrived', async () => (await sandbox.control.received(juan, 0, 1)).total >= 200)
    const received = await sandbox.control.received(juan, 0, 500)
    expect(received.messages.map(({ text }) => text)).toEqual(outgoing)
    expect(received.duplicates).toBe(0)
    for (const id of ids)
      await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read')
    const { counts } = await sandbox.control.statuses(juan)
    expect(counts['queued'] ?? 0).toBe(0)
    expect(counts['refused'] ?? 0).toBe(0)
  })

  test('what the owner writes on the phone is kept as outgoing', async () => {
    await sandbox.control.sendAsPhone(account, juan, 'te respondo yo')
    await until('it is stored', async () => (await daemon.chat(juan)).at(-1)?.text === 'te respondo yo')
    const params = { path: { jid: juan }, query: { limit: 1 } }
    const { messages } = await dataOf(daemon.client.GET('/api/v1/chats/{jid}/messages', { params }))
    expect(messages[0]).toMatchObject({ direction: 'outgoing', botGenerated: false })
  })

  test('a number that is not on WhatsApp fails with that reason', async () => {
    await sandbox.control.markAbsent('5491100000000')
    const id = await daemon.send('5491100000000', 'is anybody there?')
    const failed = await until('it failed', async () => {
      const message = await daemon.message(id)
      return message.status === 'failed' && message
    })
    expect(failed.reason).toBe('not_on_whatsapp')
  })

  test('the same POST with an Idempotency-Key reaches the customer once', async () => {
    const before = (await sandbox.control.received(juan, 0, 0)).total
    const first = await daemon.send(juan, 'solo una vez', 'turno-17')
    const second = await daemon.send(juan, 'solo una vez', 'turno-17')
    expect(second).toBe(first)
    const after = await daemon.send(juan, 'marker')
    await until('the marker arrived', async () => (await daemon.message(after)).status === 'read')
    expect((await sandbox.control.received(juan, 0, 0)).total).toBe(before + 2)
  })

  test('log lines hold neither texts nor whole numbers', () => {
    expect(daemon.program?.output).not.toContain('qué tal')
    expect(daemon.program?.output).not.toContain(juan)
    expect(
      daemon.program?.stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .join(''),
    ).not.toContain(account)
  })
})

test('X-09 a hundred pairs of the same POST at once reach the customer once each, across SIGKILLs', async () => {
  const before = (await sandbox.control.received(juan, 0, 0)).total
  const keys = Array.from({ length: 100 }, (_, n) => `pair ${n}`)
  /** Twice at once, and again until both were answered: a killed daemon answers nobody. */
  const sendTwice = (key: string) => {
    const surely = () =>
      until(`${key} is answered`, () => daemon.send(juan, key, key).catch(() => undefined), 60_000)
    return Promise.all([surely(), surely()])
  }
  const ids: number[] = []
  let done = false
  const sending = (async () => {
    // Ten keys at a time, so that a kill meets calls at every stage.
    for (let n = 0; n < keys.length; n += 10) {
      for (const [one, other] of await Promise.all(keys.slice(n, n + 10).map(sendTwice))) {
        expect(other).toBe(one)
        ids.push(one)
      }
    }
    done = true
  })()
  for (let kill = 0; kill < 3 && !done; kill++) {
    const reached = ids.length
    await until('calls are under way', () => done || ids.length > reached)
    await daemon.kill()
    await daemon.start()
  }
  await sending
  await daemon.connected()
  expect(new Set(ids).size).toBe(keys.length)
  for (const id of ids)
    await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 60_000)
  const { messages } = await sandbox.control.received(juan, before, 500)
  // A phone hides what comes twice under one id; nothing may come twice under two.
  const seen = messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)
  expect(seen.toSorted()).toEqual(keys.toSorted())
}, 120_000)
