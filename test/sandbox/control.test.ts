import { expect, test } from 'vitest'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { readControlAddress } from '../../src/sandbox/control/control-token.ts'
import { seedDemo } from '../../src/sandbox/demo.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()
const owner = '34600000001'
const customer = '34611111111'

function control(): SandboxControl {
  return new SandboxControl(world.sandbox.controlUrl)
}

function raw(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const { base, headers } = readControlAddress(world.sandbox.controlUrl)
  return fetch(`${base}${path}`, {
    ...init,
    headers: { ...headers, ...(init.headers as Record<string, string>) },
  }).then(async (response) => ({
    status: response.status,
    body: await response.json(),
  }))
}

test('the control API tells where to connect and whom to trust', async () => {
  const { url, rootKey, controlUrl, mediaHost, caFile } = world.sandbox
  const told = { url, rootKey, controlUrl, mediaHost, caFile, pid: process.pid }
  expect(await control().info()).toEqual(told)
})

test('a whole conversation goes through the control API', async () => {
  const api = control()
  await api.createPhone('34600000003', { name: 'Eva', platform: 'iphone' })
  await api.createCustomer('34644444444', { name: 'Leo', lid: '200000000000001' })
  await api.setHistory('34600000003', [
    { with: '34644444444', messages: [{ fromMe: false, text: 'ayer', timestamp: 1 }] },
  ])
  const client = world.client().connect()
  await api.scan('34600000003', await until(() => client.qrs[0]))
  await until(() => client.closed.includes(515))
  await client.open()
  await until(() => client.history.some(({ progress }) => progress === 100))
  expect(client.auth.creds.platform).toBe('iphone')
  const id = await api.sendAsCustomer('34644444444', '34600000003', 'hola', { addressing: 'lid' })
  await until(() => client.message('hola'))
  await until(async () => (await api.statuses('34644444444', [id])).statuses[id] !== 'queued')
  const answer = await client.send('200000000000001@lid', 'buenas')
  const page = await until(async () => {
    const received = await api.received('34644444444')
    return received.total === 1 && received
  })
  expect(page.messages).toMatchObject([{ id: answer, text: 'buenas', duplicate: false }])
  const typed = await api.sendAsPhone('34600000003', '34644444444', 'desde el móvil')
  await until(() => client.message('desde el móvil')?.key.id === typed)
  expect((await api.inbox('34600000003')).messages.map(({ text }) => text)).toEqual(['hola', 'buenas'])
  expect(await api.connections()).toMatchObject([{ client: '34600000003:1@s.whatsapp.net', state: 'open' }])
  await api.unlink('34600000003')
  await until(() => client.closed.includes(401))
  expect((await api.phone('34600000003')).devices).toEqual([])
})

test('many messages are sent at a rate and received page by page', async () => {
  const api = control()
  const client = await world.client().link(world.phone)
  const job = await api.bulk({
    account: owner,
    customers: [customer, '34655555555'],
    count: 40,
    rate: 400,
    text: 'b{n}',
  })
  const done = await until(async () => {
    const progress = await api.bulkProgress(job.id)
    return progress.finishedAt !== undefined && progress
  })
  expect(done).toMatchObject({ total: 40, sent: 40, failed: 0 })
  await until(() => client.texts().length === 40)
  expect(new Set(client.texts()).size).toBe(40)
  await api.bulk({ account: owner, customers: [customer], as: 'phone', count: 7 })
  await until(async () => (await api.customer(customer)).received === 7)
  const first = await api.received(customer, 0, 5)
  const rest = await api.received(customer, first.next, 5)
  expect([first.messages.length, rest.messages.length, rest.next]).toEqual([5, 2, 7])
  const { counts } = await api.statuses(customer)
  await until(() => Object.values(counts).reduce((sum, count) => sum + count, 0) === 20)
})

test('any message can be sent, as JSON', async () => {
  const api = control()
  const client = await world.client().link(world.phone)
  const id = await client.send(customer, '¿vienes?')
  await until(async () => (await api.customer(customer)).received === 1)
  const key = { remoteJid: `${owner}@s.whatsapp.net`, fromMe: false, id }
  await api.sendMessageAsCustomer(customer, owner, { reactionMessage: { key, text: '👍' } })
  expect(
    await until(() => client.messages.some(({ message }) => message?.reactionMessage?.text === '👍')),
  ).toBeTruthy()
})

test('a customer behaves as told', async () => {
  const api = control()
  const client = await world.client().link(world.phone)
  await api.setAuto(customer, { read: false, reply: 'recibido: {text}' })
  const id = await client.send(customer, 'uno')
  await until(() => client.message('recibido: uno'))
  expect(client.status(id)).toBe(3)
  await api.read(customer, id)
  await until(() => client.status(id) === 4)
  await api.setAuto(customer, { deliver: false, reply: null })
  const next = await client.send(customer, 'dos')
  await until(() => client.acks.includes(next))
  expect((await api.customer(customer)).received).toBe(1)
})

test('faults are ordered by name', async () => {
  const api = control()
  const client = await world.client().link(world.phone)
  await api.fault({ kind: 'refuse_messages', error: 479 })
  await client.send(customer, 'no')
  await until(() => client.badAcks.length === 1)
  await api.clearFaults()
  await api.fault({ kind: 'stream_error', code: 503, account: owner })
  expect(await until(() => client.closed.at(-1) === 503)).toBeTruthy()
})

test('a faulty request is answered with a 4xx that says what is wrong', async () => {
  const post = (path: string, body: string) => raw(path, { method: 'POST', body })
  expect(await raw('/control/nothing')).toEqual({ status: 404, body: { error: 'No such path' } })
  expect(await raw('/control/phones/34699999999')).toMatchObject({ status: 404 })
  expect(await raw('/control/info', { method: 'DELETE' })).toMatchObject({ status: 405 })
  expect(await post('/control/phones', '{')).toEqual({ status: 400, body: { error: 'The body is not JSON' } })
  expect(await post('/control/phones', '[]')).toMatchObject({ status: 400 })
  expect(await post('/control/phones', '{}')).toEqual({ status: 400, body: { error: 'number is missing' } })
  expect(await post('/control/phones', '{"number": 5}')).toMatchObject({ status: 400 })
  expect(await post('/control/phones', '{"number": "34600", "x": 1}')).toMatchObject({
    body: { error: 'x is unknown' },
  })
  expect(await post(`/control/phones/${owner}/scan`, '{"qr": "?"}')).toMatchObject({ status: 400 })
  expect(await post('/control/faults', '{"kind": "constructor"}')).toMatchObject({ status: 400 })
  expect(await post('/control/customers', `{"number": "${owner}"}`)).toMatchObject({ status: 400 })
  const browser = { headers: { origin: 'https://example.org' } }
  expect(await raw('/control/info', browser)).toMatchObject({ status: 403 })
})

test('the control API tells and does nothing without its token, or with another one', async () => {
  const { base, headers } = readControlAddress(world.sandbox.controlUrl)
  expect(Object.values(headers)[0]).toMatch(/^[0-9a-f]{32}$/)
  const ask = (method: string, path: string, given: Record<string, string>) =>
    fetch(`${base}/control/${path}`, {
      method,
      headers: given,
      ...(method === 'POST' ? { body: '{"number": "34600000009"}' } : {}),
    })
  for (const given of [{}, { 'x-sandbox-token': '' }, { 'x-sandbox-token': '0'.repeat(32) }]) {
    for (const [method, path] of [
      ['GET', 'info'],
      ['GET', 'nothing'],
      ['POST', 'phones'],
      ['DELETE', 'faults'],
    ] as const) {
      const refused = await ask(method, path, given)
      expect(refused.status).toBe(401)
      expect(await refused.text()).toContain('token is missing or wrong')
    }
  }
  expect(world.sandbox.network.hasPhone('34600000009')).toBe(false)
  expect((await ask('POST', 'phones', headers)).status).toBe(200)
})

test('the demo has an owner and two customers with a history, and may be seeded twice', async () => {
  const { phone, customers } = seedDemo(world.sandbox)
  seedDemo(world.sandbox)
  const client = await world.client().link(phone)
  await until(() => client.history.some(({ progress }) => progress === 100))
  expect(customers.map(({ name }) => name)).toEqual(['Lucía Fernández', 'João Pereira'])
  const texts = client.history.flatMap((each) => each.messages.map(({ key }) => key.id))
  expect(new Set(texts).size).toBe(8)
})
