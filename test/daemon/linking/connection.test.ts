import { expect, test } from 'vitest'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const juan = '5491112345678'

const { sandbox, daemon } = await sharedScene({ customers: [juan] })

const stored = async (text: string) =>
  (await daemon.chat(juan)).filter((message) => message.text === text).length

test('the daemon stops cleanly on SIGTERM and connects again without a code', async () => {
  expect(await daemon.stop()).toEqual({ code: 0, signal: null })
  await daemon.start()
  await daemon.connected()
  expect(daemon.log.some((line) => line['state'] === 'pairing')).toBe(false)
  expect(daemon.program?.output).not.toContain('Scan within')
})

test('50 messages that came while the daemon was down are there after the start, once each', async () => {
  await daemon.stop()
  const texts = Array.from({ length: 50 }, (_, n) => `while down ${n}`)
  for (const text of texts) await sandbox.control.sendAsCustomer(juan, account, text)
  await daemon.start()
  await daemon.connected()
  await until('the last one is stored', async () => (await stored('while down 49')) === 1)
  const chat = (await daemon.chat(juan))
    .map(({ text }) => text)
    .filter((text) => text.startsWith('while down'))
  expect(chat).toEqual(texts)
})

test('a socket that is cut ten times in mid-traffic loses nothing and sends nothing twice', async () => {
  const before = await sandbox.control.received(juan, 0, 0)
  await sandbox.control.bulk({ account, customers: [juan], count: 200, rate: 50, text: 'cut in {n}' })
  const ids: number[] = []
  for (let cut = 0; cut < 10; cut++) {
    await daemon.connected()
    const sending = (async () => {
      for (let n = 0; n < 10; n++) ids.push(await daemon.send(juan, `cut out ${cut * 10 + n}`))
    })()
    const target = cut * 10 + Math.floor(Math.random() * 10)
    await until('some of ten are taken', () => ids.length >= target)
    await sandbox.control.fault({ kind: 'drop', account })
    await sending
  }
  await daemon.connected(60_000)
  for (const id of ids) {
    await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 60_000)
  }
  await until('all are stored', async () => (await stored('cut in 200')) === 1)
  const texts = (await daemon.chat(juan)).map(({ text }) => text).filter((text) => text.startsWith('cut in'))
  expect(new Set(texts).size).toBe(200)
  expect(texts.length).toBe(200)
  const received = await sandbox.control.received(juan, before.total, 1000)
  const unique = received.messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)
  expect(unique).toEqual(Array.from({ length: 100 }, (_, n) => `cut out ${n}`))
}, 120_000)

/** Counts how often the connection was opened so far. */
const opens = () => daemon.log.filter((line) => line['state'] === 'open').length

test('a stream error 515 is answered by a new connection at once', async () => {
  const before = opens()
  await sandbox.control.fault({ kind: 'stream_error', code: 515, account })
  await until('it is open again', () => opens() > before, 5000)
  expect(daemon.log.some((line) => line['reason'] === 'restart_required')).toBe(false)
})

test('a close with 503 leads to a pause with its reason, then to a new connection', async () => {
  const before = opens()
  await sandbox.control.fault({ kind: 'stream_error', code: 503, account })
  const waiting = await until('it waits', () =>
    daemon.log.find((line) => line['reason'] === 'service_unavailable'),
  )
  expect(waiting['state']).toBe('waiting')
  await until('it is open again', () => opens() > before)
})

test('a close with 440 leads to a long pause that says what to do', async () => {
  await sandbox.control.fault({ kind: 'stream_error', code: 440, account })
  const { connection } = await until('it waits', async () => {
    const status = await daemon.status()
    return status.connection.state === 'waiting' && status
  })
  expect(connection.reason).toBe('replaced')
  expect(connection.say).toContain('Another program uses this session')
  const ready = await fetch(`${daemon.url}/readyz`)
  expect(ready.status).toBe(503)
  await daemon.stop()
  await daemon.start()
  await daemon.connected()
})

test('a close with 401 keeps the chats, refuses sends with 503, and shows a new code', async () => {
  const before = (await daemon.chat(juan)).length
  await sandbox.control.unlink(account)
  const code = await until('a new code', async () => {
    const { status, body } = await daemon.call<{ qr: string }>(
      'GET',
      '/v1/whatsapp/accounts/wha_1/qr-code?format=json',
    )
    return status === 200 && body.qr
  })
  const refused = await daemon.call<{ message: string; error: { code: string } }>('POST', '/api/v1/send', {
    to: juan,
    message: 'no way',
  })
  expect(refused.status).toBe(503)
  expect(refused.body.error.code).toBe('not_connected')
  await sandbox.control.scan(account, code)
  await daemon.connected()
  expect((await daemon.chat(juan)).length).toBe(before)
  const id = await daemon.send(juan, 'linked again')
  await until('it is read', async () => (await daemon.message(id)).status === 'read')
})
