import { expect, test } from 'vitest'
import { Store } from '../../../src/db/store.ts'
import { contradictionsIn } from '../../features/consistency.ts'
import { account } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

let made = 0

const { sandbox, daemon } = await sharedScene()

/** A customer whose number and LID nobody knows to belong together. */
async function stranger(): Promise<{ number: string; lid: string }> {
  const number = `5491140000${String(++made).padStart(3, '0')}`
  const { lid } = await sandbox.control.createCustomer(number, { name: `C${made}` })
  await sandbox.control.setDisclosed(number, false)
  return { number, lid: `${lid}@lid` }
}

const write = (number: string, text: string, addressing: 'pn' | 'lid') =>
  sandbox.control.sendAsCustomer(number, account, text, { addressing })
const textsOf = async (jid: string) => (await daemon.chat(jid)).map(({ text }) => text)
const has = (jid: string, text: string) =>
  until(`${text} is in ${jid}`, async () => (await textsOf(jid)).includes(text), 20_000)
const chats = async () =>
  (await daemon.call<{ chats: { jid: string }[] }>('GET', '/api/v1/chats?pageSize=50')).body.chats
const merges = async () => {
  const { body } = await daemon.call<{ data: { event: string; data: object }[] }>(
    'GET',
    '/api/v1/events?limit=500',
  )
  return body.data.filter(({ event }) => event === 'customer.merged')
}

test.each([
  ['pn', 'lid'],
  ['lid', 'pn'],
] as const)(
  'a person who writes by %s, then by %s, has one chat as soon as a message names both',
  async (first, second) => {
    const { number, lid } = await stranger()
    const told = (await merges()).length
    await write(number, 'uno', first)
    await has(first === 'pn' ? number : lid, 'uno')
    await write(number, 'dos', second)
    await has(second === 'pn' ? number : lid, 'dos')
    expect((await textsOf(number)).length + (await textsOf(lid)).length).toBe(2)
    await sandbox.control.setDisclosed(number, true)
    await write(number, 'tres', second)
    await has(number, 'tres')
    expect(await textsOf(number)).toEqual(['uno', 'dos', 'tres'])
    expect(await textsOf(lid)).toEqual(['uno', 'dos', 'tres'])
    expect((await merges()).length).toBe(told + 1)
    const id = await daemon.send(lid, 'cuatro')
    await until('it is read', async () => (await daemon.message(id)).status === 'read')
    expect(await textsOf(number)).toEqual(['uno', 'dos', 'tres', 'cuatro'])
  },
)

test('a group that names its members by both addresses unites the chats of each', async () => {
  const people = [await stranger(), await stranger()]
  for (const { number, lid } of people) {
    await write(number, 'uno', 'pn')
    await has(number, 'uno')
    await write(number, 'dos', 'lid')
    await has(lid, 'dos')
  }
  const numbers = people.map(({ number }) => number)
  const [creator = ''] = numbers
  await sandbox.control.createGroup({ subject: 'Vecinos', creator, members: [account, ...numbers] })
  for (const { number, lid } of people) {
    await until(`${number} is one`, async () => (await textsOf(number)).length === 2)
    expect(await textsOf(lid)).toEqual(['uno', 'dos'])
  }
})

test('a phone that moves its chats to LIDs unites them, also while messages go both ways', async () => {
  const people = await Promise.all([stranger(), stranger()])
  const ids: number[] = []
  const traffic = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      for (const { number } of people) {
        await write(number, `in ${n}`, 'lid')
        ids.push(await daemon.send(number, `out ${n}`))
      }
    }
  }
  await traffic(0, 4)
  const running = traffic(4, 16)
  await sandbox.control.tellMappings(
    account,
    people.map(({ number }) => number),
  )
  await running
  for (const id of ids) {
    await until(`message ${id} is read`, async () => (await daemon.message(id)).status === 'read', 30_000)
  }
  const expected = Array.from({ length: 16 }, (_, n) => [`in ${n}`, `out ${n}`])
    .flat()
    .toSorted()
  for (const { number, lid } of people) {
    // Each address has its own keys, so an unreadable message is asked for again.
    await until(
      'all is there',
      async () => (await textsOf(number)).filter((text) => text !== '[undecryptable]').length >= 32,
      40_000,
    )
    expect((await textsOf(number)).toSorted()).toEqual(expected)
    expect(await textsOf(lid)).toEqual(await textsOf(number))
    const { messages } = await sandbox.control.received(number, 0, 100)
    const seen = messages.filter(({ duplicate }) => !duplicate).map(({ text }) => text)
    expect(seen.toSorted()).toEqual(Array.from({ length: 16 }, (_, n) => `out ${n}`).toSorted())
  }
}, 90_000)

test('a SIGKILL in the middle of merges loses nothing, doubles nothing, and they are done after it', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => stranger()))
  for (const { number } of people) {
    for (const [n, addressing] of (['pn', 'pn', 'lid', 'lid'] as const).entries())
      await write(number, `m${n}`, addressing)
  }
  for (const { number, lid } of people) {
    await until(
      'both chats are there',
      async () => (await textsOf(number)).length + (await textsOf(lid)).length === 4,
      30_000,
    )
  }
  const known = (await chats()).length
  await sandbox.control.tellMappings(
    account,
    people.map(({ number }) => number),
  )
  await until('the merges have begun', async () => (await chats()).length < known)
  await daemon.kill()
  await daemon.start()
  await daemon.connected()
  for (const { number, lid } of people) {
    await until(`${number} is one`, async () => (await textsOf(number)).length === 4, 30_000)
    expect(await textsOf(lid)).toEqual(await textsOf(number))
    expect((await textsOf(number)).toSorted()).toEqual(['m0', 'm1', 'm2', 'm3'])
  }
  await daemon.stop()
  const store = await Store.open(daemon.dataDir)
  expect(await contradictionsIn(store)).toEqual([])
  await store.close()
}, 120_000)
