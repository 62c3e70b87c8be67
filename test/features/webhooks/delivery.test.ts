import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ok, status } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'
import { Scene, base } from './fixture.ts'

let scene: Scene
beforeEach(async () => void (scene = await Scene.start()))
afterEach(() => scene.stop())

test('a customer’s message is delivered once, signed, in the format of Botssy', async () => {
  const { id } = await scene.create()
  await scene.app.inbound({ text: 'Hola' })
  await until('it is delivered', () => scene.receiver.got.length === 1)
  const [got] = scene.receiver.got
  expect(got!.json).toMatchObject({ event: 'message.received', data: { role: 'user', content: 'Hola' } })
  expect(Object.keys(got!.json)).toEqual(['event', 'timestamp', 'data'])
  const [entry] = await until('it is in the log', async () => {
    const logs = await scene.logs(id)
    return logs[0]?.status === 'delivered' && logs
  })
  expect(entry).toMatchObject({ event: 'message.received', attempts: [{ success: true, statusCode: 200 }] })
  expect(await scene.get(id)).toMatchObject({ pending: 0, failingSince: null })
})

test('a hundred messages of ten chats arrive in order per chat', async () => {
  await scene.create()
  for (let n = 0; n < 100; n++)
    await scene.app.inbound({ phone: `54911123456${10 + (n % 10)}`, text: `m ${n}` })
  await until('all are delivered', () => scene.receiver.got.length === 100)
  const texts = scene.receiver.got.map(({ json }) => (json['data'] as { content: string }).content)
  for (let chat = 0; chat < 10; chat++) {
    const of = texts.filter((text) => Number(text.slice(2)) % 10 === chat)
    expect(of).toEqual(Array.from({ length: 10 }, (_, n) => `m ${n * 10 + chat}`))
  }
})

test('a failure is tried again after five seconds with the same id and body, and a new time', async () => {
  const { id } = await scene.create()
  scene.receiver.answer = status(500)
  await scene.app.inbound({ text: 'Hola' })
  const [entry] = await until('the failure is in the log', async () => {
    const logs = await scene.logs(id)
    return logs[0]?.status === 'retrying' && logs
  })
  const [first] = entry!.attempts
  expect(first).toMatchObject({
    attempt: 1,
    success: false,
    statusCode: 500,
    error: 'http_status',
    response: 'no',
  })
  const wait = Date.parse(entry!.nextAttemptAt!) - Date.parse(first!.timestamp)
  expect(wait).toBeGreaterThan(4900)
  expect(wait).toBeLessThan(5500)
  scene.receiver.answer = status(204)
  await until('it is tried again', () => scene.receiver.got.length === 2)
  const [one, two] = scene.receiver.got
  expect(two!.headers['webhook-id']).toBe(one!.headers['webhook-id'])
  expect(two!.body).toBe(one!.body)
  expect(two!.headers['x-botssy-timestamp']).not.toBe(one!.headers['x-botssy-timestamp'])
})

test('a receiver that is down pauses, and everything comes in order when it is back', async () => {
  const { id } = await scene.create()
  await scene.receiver.down()
  for (let n = 0; n < 20; n++) await scene.app.inbound({ text: `m ${n}` })
  await until('it is seen to be down', async () => (await scene.get(id))['down'] === true)
  await scene.receiver.up()
  await until('all came', () => scene.receiver.got.length === 20)
  const texts = scene.receiver.got.map(({ json }) => (json['data'] as { content: string }).content)
  expect(texts).toEqual(Array.from({ length: 20 }, (_, n) => `m ${n}`))
  await until('it is well', async () => (await scene.get(id))['failingSince'] === null)
})

test('a delivery that was read ahead of a customer’s erasure goes out without the words, and no stored answer keeps them', async () => {
  const { id } = await scene.create()
  let answer: () => void = () => undefined
  scene.receiver.answer = ({ body }, response) => {
    answer = () => response.end(body)
    if (scene.receiver.got.length > 1) answer()
  }
  const phone = '5491112345678'
  for (let n = 0; n < 10; n++) await scene.app.inbound({ phone, text: `zanahoria ${n}` })
  await until('all but the first wait', async () => {
    return scene.receiver.got.length === 1 && (await scene.get(id))['pending'] === 10
  })
  const { customers } = scene.app.services
  const { customers: found } = await customers.list(1, { search: phone, limit: 1, offset: 0 })
  await customers.erase(1, found[0]?.id ?? 0)
  answer()
  await until('the others have come', async () => (await scene.get(id))['pending'] === 0)
  const [first, ...others] = scene.receiver.got.map(({ body }) => body)
  expect(first).toContain('zanahoria')
  expect(others).toHaveLength(9)
  expect(others.join()).not.toContain('zanahoria')
  const answers = (await scene.logs(id)).flatMap(({ attempts }) => attempts.map(({ response }) => response))
  expect(answers).toHaveLength(10)
  expect(answers.join()).not.toContain('zanahoria')
})

describe('a webhook that is switched off while its receiver takes its time', () => {
  let answerNow: (code: number) => void
  const switchTo = (id: number, isActive: boolean) => scene.client.post(`${base}/${id}/toggle`, { isActive })
  const isDone = async (id: number) => (await scene.get(id))['pending'] === 0

  async function begin(): Promise<number> {
    const { id } = await scene.create()
    scene.receiver.answer = (_, response) => {
      answerNow = (code) => response.writeHead(code).end()
    }
    await scene.app.inbound({ text: 'first' })
    await until('the receiver has it', () => scene.receiver.got.length === 1)
    return id
  }

  test('and on again while the outcome is written down delivers what comes then', async () => {
    const id = await begin()
    await switchTo(id, false)
    let open = (): void => undefined
    const { store } = scene.app
    const gate = store.write(() => new Promise<void>((resolve) => (open = resolve)))
    const ways = ['write', 'writeLazily', 'writeAside', 'writeUrgently'] as const
    const writes = ways.map((way) => vi.spyOn(store, way))
    answerNow(200)
    const switched = switchTo(id, true)
    const asked = () => writes.reduce((sum, { mock }) => sum + mock.calls.length, 0)
    await until('the outcome and the switch wait behind the same commit', () => asked() >= 2)
    scene.receiver.answer = ok
    open()
    await Promise.all([gate, switched])
    await scene.app.inbound({ text: 'second' })
    await until('the second one came', () => scene.receiver.got.length === 2)
    await until('both are written down', () => isDone(id))
  })

  test('leaves what waits behind in its chat untried until it is on again', async () => {
    const id = await begin()
    await scene.app.inbound({ text: 'second' })
    await until('it is in line', async () => (await scene.get(id))['pending'] === 2)
    await switchTo(id, false)
    scene.receiver.answer = ok
    answerNow(200)
    await until('the first one is written down', async () => (await scene.get(id))['pending'] === 1)
    const [waiting] = await scene.logs(id)
    expect(waiting).toMatchObject({ status: 'pending', attempts: [] })
    await switchTo(id, true)
    await until('the second one is delivered', () => isDone(id))
    expect(scene.receiver.got).toHaveLength(2)
  })

  test('is not switched off once more where its receiver says meanwhile that it is gone', async () => {
    const id = await begin()
    await switchTo(id, false)
    answerNow(410)
    await until('the outcome is written down', async () => (await scene.logs(id))[0]?.attempts.length === 1)
    expect(await scene.get(id)).toMatchObject({ isActive: false, disabledReason: null })
  })
})
