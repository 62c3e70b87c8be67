import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

test('a dropped connection ends with 428', async () => {
  const client = await world.client().link(world.phone)
  world.sandbox.dropConnections()
  await until(() => client.closed.at(-1) === 428)
  expect(world.phone.devices()).toMatchObject([{ online: false }])
})

test('a connection may be closed in good order', async () => {
  const client = await world.client().link(world.phone)
  world.sandbox.closeConnections(world.phone.number)
  expect(await until(() => client.closed.at(-1) === 428)).toBeTruthy()
})

test.each([515, 401, 440, 503, 500])('a stream error %i ends the connection', async (code) => {
  const client = await world.client().link(world.phone)
  world.sandbox.failConnections(code)
  expect(await until(() => client.closed.at(-1) === code)).toBeTruthy()
})

test.each([402, 403, 405, 463])('the next login fails with %i, the one after succeeds', async (reason) => {
  const client = await world.client().link(world.phone)
  await client.end()
  world.sandbox.faults.failLogins(reason)
  const refused = world.client(client.auth).connect()
  await until(() => refused.closed.at(-1) === reason)
  expect((await world.client(client.auth).open()).connected).toBe(true)
})

test('the port is closed for a while', async () => {
  const client = await world.client().link(world.phone)
  await client.end()
  await world.sandbox.refuseConnections('closed', 300)
  const refused = world.client(client.auth).connect()
  await until(() => refused.closed.at(-1) === 408)
  await until(() => world.sandbox.access === 'open')
  expect((await world.client(client.auth).open()).connected).toBe(true)
})

test('the server is busy for a while', async () => {
  const client = await world.client().link(world.phone)
  await client.end()
  await world.sandbox.refuseConnections('busy', 300)
  // A plain WebSocket, because this version of the client hears nothing at all of an HTTP 503.
  const error = await new Promise<Error>((resolve) => new WebSocket(world.sandbox.url).once('error', resolve))
  expect(error.message).toContain('503')
  await until(() => world.sandbox.access === 'open')
  await world.client(client.auth).open()
})

test('a port closed under open connections opens again', async () => {
  const client = await world.client().link(world.phone)
  const { url } = world.sandbox
  await world.sandbox.refuseConnections('closed')
  await world.maria.sendText(world.phone.number, 'sigue')
  await until(() => client.message('sigue'))
  await world.sandbox.acceptConnections()
  expect(world.sandbox.url).toBe(url)
  await world.client(client.auth).open()
})

test('a frozen network answers nothing until it thaws', async () => {
  const client = await world.client().link(world.phone)
  await client.send(world.maria.number, 'antes')
  await until(() => world.maria.received.length === 1)
  world.sandbox.freeze()
  const id = await client.send(world.maria.number, 'al aire')
  await world.maria.sendText(world.phone.number, 'espera')
  await expect(client.socket.query(ping(), 300)).rejects.toThrow('Timed Out')
  expect(client.acks).not.toContain(id)
  expect(world.maria.received.length).toBe(1)
  expect(world.sandbox.connections()).toMatchObject([{ frozen: true }])
  world.sandbox.thaw()
  await until(() => client.acks.includes(id))
  await until(() => client.message('espera'))
})

test('the ack of the next message is lost, not the message', async () => {
  const client = await world.client().link(world.phone)
  world.sandbox.faults.dropAcks(1)
  const lost = await client.send(world.maria.number, 'uno')
  const next = await client.send(world.maria.number, 'dos')
  await until(() => client.acks.includes(next))
  expect(client.acks).not.toContain(lost)
  await until(() => world.maria.received.length === 2)
})

test('the ack of the next message comes late', async () => {
  const client = await world.client().link(world.phone)
  world.sandbox.faults.delayAcks(1, 200)
  const late = await client.send(world.maria.number, 'uno')
  const next = await client.send(world.maria.number, 'dos')
  await until(() => client.acks.includes(late))
  expect(client.acks.indexOf(next)).toBeLessThan(client.acks.indexOf(late))
})

test('messages are refused with an error and reach nobody', async () => {
  const pedro = world.sandbox.customer('34622222222')
  const client = await world.client().link(world.phone)
  world.sandbox.faults.refuseMessages({ error: 463, count: 1, to: world.maria.number })
  const toPedro = await client.send(pedro.number, 'pasa')
  const refused = await client.send(world.maria.number, 'no pasa')
  const toMaria = await client.send(world.maria.number, 'pasa')
  await until(() => client.acks.includes(toMaria) && client.acks.includes(toPedro))
  expect(client.badAcks).toEqual([{ id: refused, error: '463' }])
  await until(() => client.failed(refused))
  await until(() => world.maria.received.length === 1)
  expect(world.maria.received).toMatchObject([{ id: toMaria }])
})

test('a stanza comes twice', async () => {
  const client = await world.client().link(world.phone)
  await world.maria.sendText(world.phone.number, 'antes')
  await until(() => client.message('antes'))
  const seen: string[] = []
  client.socket.ws.on('CB:message', ({ attrs }: { attrs: Record<string, string> }) =>
    seen.push(attrs['id'] ?? ''),
  )
  world.sandbox.faults.deliverTwice()
  const id = await world.maria.sendText(world.phone.number, 'doble')
  await until(() => seen.length === 2)
  expect(seen).toEqual([id, id])
  await until(() => client.message('doble'))
})

test('messages come in another order', async () => {
  const client = await world.client().link(world.phone)
  world.sandbox.faults.reorder(3)
  for (const text of ['1', '2', '3', '4']) await world.maria.sendText(world.phone.number, text)
  await until(() => client.texts().length === 4)
  expect(client.texts()).toEqual(['3', '2', '1', '4'])
})

test.each([false, true])('a corrupted message is asked for again (answered before: %s)', async (answered) => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  if (answered) {
    await maria.sendText(phone.number, 'antes')
    await until(() => client.message('antes'))
    await client.send(maria.number, 'respuesta')
    await until(() => maria.received.length === 1)
  }
  world.sandbox.faults.corrupt()
  const id = await maria.sendText(phone.number, 'llega bien')
  const got = await until(() => client.message('llega bien'))
  expect(got.key.id).toBe(id)
  await until(() => ['inactive', 'delivered'].includes(maria.statusOf(id) ?? ''))
  await until(() => phone.devices()[0]?.pending === 0)
})

test('a query stays unanswered', async () => {
  const client = await world.client().link(world.phone)
  world.sandbox.faults.ignoreQueries('w:p')
  await expect(client.socket.query(ping(), 200)).rejects.toThrow('Timed Out')
  await expect(client.socket.query(ping(), 2000)).resolves.toMatchObject({ attrs: { type: 'result' } })
})

function ping() {
  return {
    tag: 'iq',
    attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' },
    content: [{ tag: 'ping', attrs: {} }],
  }
}
