import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readControlAddress } from '../../src/sandbox/control/control-token.ts'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { Directory } from '../../src/sandbox/people/directory.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { until } from '../support/until.ts'
import { useWorld } from './support/fixture.ts'

const world = useWorld()
const stranger = '5491112345678'

test('a message reaches a number that was never named', async () => {
  const client = await world.client().link(world.phone)
  const answers = await client.socket.onWhatsApp(stranger)
  expect(answers).toEqual([{ jid: `${stranger}@s.whatsapp.net`, exists: true }])
  const id = await client.send(stranger, 'hola')
  const { received } = world.sandbox.customer(stranger)
  await until('it has arrived', () => received.length === 1)
  expect(received[0]).toMatchObject({ id, text: 'hola' })
})

test('a number exists in the spelling that was asked for first, and in no other beside it', async () => {
  const client = await world.client().link(world.phone)
  await client.socket.onWhatsApp(stranger)
  const [again] = (await client.socket.onWhatsApp('541112345678')) ?? []
  expect(again).toEqual({ jid: `${stranger}@s.whatsapp.net`, exists: true })
  expect(world.sandbox.people().map(({ number }) => number)).toEqual([world.maria.number, stranger])
})

test('a number that is marked as absent does not exist in any spelling, until a person with it is made', async () => {
  const control = new SandboxControl(world.sandbox.controlUrl)
  const client = await world.client().link(world.phone)
  const asked = async (number: string) => (await client.socket.onWhatsApp(number))?.length
  expect(await control.markAbsent(stranger)).toEqual({ number: stranger, absent: true })
  expect(await asked(stranger)).toBe(0)
  expect(await asked('541112345678')).toBe(0)
  await control.createCustomer(stranger)
  expect(await asked(stranger)).toBe(1)
})

test('a number that is marked as absent later is gone with what it received', async () => {
  const control = new SandboxControl(world.sandbox.controlUrl)
  await world.phone.sendText(world.maria.number, 'hola')
  await until('it has arrived', () => world.maria.receivedCount === 1)
  await control.markAbsent(world.maria.number)
  expect(await control.customers()).toEqual([])
  expect(await control.createCustomer(world.maria.number)).toMatchObject({ received: 0 })
})

test('the number of an account cannot be marked as absent, and an absent number has no name', async () => {
  const control = new SandboxControl(world.sandbox.controlUrl)
  await expect(control.markAbsent(world.phone.number)).rejects.toThrow('belongs to an owner')
  const { base, headers } = readControlAddress(world.sandbox.controlUrl)
  const response = await fetch(`${base}/control/customers`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ number: stranger, name: 'Ana', absent: true }),
  })
  expect(response.status).toBe(400)
})

test('an invalid phone number belongs to no person', async () => {
  const client = await world.client().link(world.phone)
  expect(await client.socket.onWhatsApp('12345')).toEqual([])
  expect(world.sandbox.people()).toHaveLength(1)
})

test('a phone can be made for a number that was only asked for, and not for that of a customer', async () => {
  const client = await world.client().link(world.phone)
  await client.socket.onWhatsApp(stranger)
  expect(world.sandbox.phone(stranger).number).toBe(stranger)
  expect(() => world.sandbox.phone(world.maria.number)).toThrow('belongs to a customer')
})

test('absent numbers and strangers are the same after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-strangers-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const stateFile = join(folder, 'network.json')
  const first = new Sandbox({ stateFile })
  await first.start()
  first.phone('34600000001')
  await first.phone('34600000001').sendText(stranger, 'hola')
  first.markAbsent('34699999999')
  await first.stop()
  const second = new Sandbox({ stateFile })
  await second.start()
  onTestFinished(() => second.stop())
  expect(second.people().map(({ number }) => number)).toEqual([stranger])
  await expect(second.phone('34600000001').sendText('34699999999', 'hola')).rejects.toThrow('No customer')
})

test('of the numbers that were only asked for, the oldest go when there are too many', () => {
  const numbers = (directory: Directory) => [...directory.people.keys()]
  const directory = new Directory(() => undefined, 3)
  directory.person('34600000100', { name: 'Ana' })
  for (const last of [1, 2, 3]) directory.findOrCreateNumber(`3460000020${last}`)
  // This one is played now, and stays.
  directory.person('34600000201', { name: 'Eva' })
  for (const last of [4, 5]) directory.findOrCreateNumber(`3460000020${last}`)
  expect(numbers(directory)).toEqual([
    '34600000100',
    '34600000201',
    '34600000203',
    '34600000204',
    '34600000205',
  ])
  const lid = directory.people.get('34600000203')?.lid
  directory.findOrCreateNumber('34600000206')
  expect(directory.find(`${lid}@lid`)).toBeUndefined()
  expect(directory.findOrCreateNumber('34600000203')).toMatchObject({ isStranger: true })
  expect(numbers(directory)).toHaveLength(5)
})
