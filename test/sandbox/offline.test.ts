import { expect, test } from 'vitest'
import type { BinaryNode, WAMessage } from '@whiskeysockets/baileys'
import type { Client } from './support/client.ts'
import { useWorld } from './support/fixture.ts'
import { until } from '../support/until.ts'

const world = useWorld()

/** Linked, with its history settled, so that nothing but what a test sends is on the way. */
async function linkedAndIdle(): Promise<Client> {
  const client = await world.client().link(world.phone)
  await until(() => client.history.some(({ progress }) => progress === 100))
  await until(() => world.phone.devices()[0]?.pending === 0)
  return client
}

/** The message stanzas that a client gets, as they come. */
function stanzasOf(client: Client): BinaryNode[] {
  const stanzas: BinaryNode[] = []
  client.socket.ws.prependListener('CB:message', (stanza: BinaryNode) => stanzas.push(stanza))
  return stanzas
}

function ciphertexts(stanzas: BinaryNode[]): string[] {
  return stanzas.map(({ content }) =>
    Buffer.from((content as BinaryNode[]).find(({ tag }) => tag === 'enc')!.content as Uint8Array).toString(
      'hex',
    ),
  )
}

test('fifty messages wait for a client that is away, and come in order', async () => {
  const { phone, maria } = world
  const client = await linkedAndIdle()
  await client.end()
  const expected = Array.from({ length: 50 }, (_, n) => `m${n}`)
  const ids: string[] = []
  for (const text of expected) ids.push(await maria.sendText(phone.number, text))
  expect(ids.every((id) => maria.statusOf(id) === 'queued')).toBe(true)
  const again = await world.client(client.auth).open()
  await until(() => again.texts().length === 50)
  expect(again.texts()).toEqual(expected)
  await until(() => ids.every((id) => maria.statusOf(id) !== 'queued'))
  await until(() => phone.devices()[0]?.pending === 0)
})

test('more than one batch waits, and what comes meanwhile does not overtake', async () => {
  const { phone, maria } = world
  const client = await linkedAndIdle()
  await client.end()
  const ids: string[] = []
  for (let n = 0; n < 250; n++) ids.push(await maria.sendText(phone.number, `m${n}`))
  const again = world.client(client.auth).connect()
  const stanzas = stanzasOf(again)
  await until(() => stanzas.length > 0)
  const last = await maria.sendText(phone.number, 'y uno más')
  await until(() => again.texts().length === 251)
  // The client itself lets live messages overtake the backlog; the server must not.
  expect(stanzas.map(({ attrs }) => attrs['id'])).toEqual([...ids, last])
  expect(stanzas.map(({ attrs }) => attrs['offline'] !== undefined).lastIndexOf(true)).toBe(249)
})

test('a message that was not settled comes again, in the very same stanza', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  await maria.sendText(phone.number, 'antes')
  await until(() => client.message('antes'))
  await until(() => phone.devices()[0]?.pending === 0)
  // From here on it looks away: nothing is decrypted, nothing settled.
  client.socket.ws.removeAllListeners('CB:message')
  const first = stanzasOf(client)
  const ids = [await maria.sendText(phone.number, 'uno'), await maria.sendText(phone.number, 'dos')]
  await until(() => first.length === 2)
  world.sandbox.dropConnections()
  await until(() => client.closed.includes(428))
  const again = world.client(client.auth).connect()
  const second = stanzasOf(again)
  await until(() => again.texts().length === 2)
  expect(again.texts()).toEqual(['uno', 'dos'])
  expect(second.map(({ attrs }) => attrs['id'])).toEqual(ids)
  expect(second.every(({ attrs }) => attrs['offline'] !== undefined)).toBe(true)
  expect(ciphertexts(second)).toEqual(ciphertexts(first))
  await until(() => phone.devices()[0]?.pending === 0)
})

test('a message that was settled does not come again', async () => {
  const { phone, maria } = world
  const client = await world.client().link(phone)
  await maria.sendText(phone.number, 'una vez')
  await until(() => client.message('una vez'))
  await until(() => phone.devices()[0]?.pending === 0)
  await client.end()
  const again = world.client(client.auth).connect()
  const stanzas = stanzasOf(again)
  await until(() => again.caughtUp)
  expect(stanzas).toEqual([])
})

test('receipts wait for a client that is away, too', async () => {
  const { phone, maria } = world
  maria.setAuto({ deliver: false })
  const client = await world.client().link(phone)
  const id = await client.send(maria.number, 'hola')
  await until(() => client.acks.includes(id))
  await client.end()
  maria.setAuto({ deliver: true })
  await until(() => maria.received.length === 1)
  const again = await world.client(client.auth).open()
  expect(await until(() => again.status(id) === 4)).toBeTruthy()
})

test('messages that came while a client was away are not taken for new ones', async () => {
  const { phone, maria } = world
  const client = await linkedAndIdle()
  await client.end()
  await maria.sendText(phone.number, 'hace rato', { timestamp: 1_700_000_000_000 })
  const again = world.client(client.auth).connect()
  const types: string[] = []
  again.socket.ev.on('messages.upsert', ({ type }) => types.push(type))
  const got: WAMessage = await until(() => again.message('hace rato'))
  expect(Number(got.messageTimestamp)).toBe(1_700_000_000)
  expect(types).toContain('append')
})
