import { beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, app, eventNames, lid } from '../fixture.ts'

const clock = new HandClock()
const phone = '5491112345678'
const otherLid = '987654321098765@lid'
const username = 'maria.lopez'
let one: TestApp

beforeEach(async () => {
  one = await app({ clock })
})

const customers = async (search?: string) => {
  const page = { limit: 50, offset: 0, ...(search === undefined ? {} : { search }) }
  return (await one.services.customers.list(1, page)).customers
}
const writes = async (from: { lid?: string; phone?: string }, called?: string) => {
  clock.advance(1000)
  await one.inbound({ ...from, pushName: null, ...(called === undefined ? {} : { username: called }) })
}
const addressBook = (called: string, address = lid) =>
  one.services.inbox.names(1, [
    {
      chat: { kind: 'person', phone: null, lid: address, group: null },
      name: null,
      pushName: null,
      username: called,
    },
  ])

test('a username that comes with a message, the history or the address book is the customer’s', async () => {
  await writes({ lid }, username)
  expect(await customers()).toMatchObject([{ lid, phone: null, username }])
  await addressBook('eva', otherLid)
  await writes({ lid: otherLid })
  expect(await customers('@eva')).toMatchObject([{ lid: otherLid, username: 'eva' }])
})

test('a customer is found by the username, with the @ and without, whole or begun', async () => {
  await writes({ lid }, username)
  await writes({ lid: otherLid }, 'eva')
  for (const text of ['@maria.lopez', 'maria.lopez', '@mar', 'Lopez'])
    expect(await customers(text), text).toMatchObject([{ username }])
})

test('a new username replaces the former one and is reported', async () => {
  await writes({ lid }, username)
  await writes({ lid }, 'maria.l')
  // A message that states none takes none away.
  await writes({ lid })
  expect(await customers()).toMatchObject([{ lid, username: 'maria.l' }])
  expect((await eventNames(one)).filter((name) => name === 'customer.updated')).toHaveLength(1)
})

test('a username that another person has now makes no one of two people: the former one has none', async () => {
  await writes({ lid }, username)
  await writes({ lid: otherLid }, username)
  expect(await customers()).toMatchObject([
    { lid: otherLid, username },
    { lid, username: null },
  ])
  expect(await customers('@maria.lopez')).toMatchObject([{ lid: otherLid }])
  expect(await contradictionsIn(one.store)).toEqual([])
})

test.each([
  ['the number first', [{ phone }, { lid }]],
  ['the LID first', [{ lid }, { phone }]],
] as const)('a person met by %s keeps the username when the two turn out to be one', async (_, addresses) => {
  for (const address of addresses) await writes(address, 'lid' in address ? username : undefined)
  await one.services.inbox.mappings(1, [{ lid, phone }], clock.now())
  expect(await customers()).toMatchObject([{ lid, phone, username }])
  expect(await contradictionsIn(one.store)).toEqual([])
})

test('a username that a group tells is that of the customer, and whoever had it before has it nowhere', async () => {
  const group = '120363000000000001@g.us'
  const inGroup = (participant: string, called?: string) =>
    one.inbound({ group, participant, pushName: null, ...(called === undefined ? {} : { username: called }) })
  const shown = async () => {
    const { messages } = await one.services.messages.ofChat(1, group, { limit: 10 })
    return messages.map(({ sender }) => sender?.username ?? null)
  }
  await writes({ lid })
  await inGroup(lid, username)
  expect(await customers()).toMatchObject([{ lid, username }])
  await inGroup(otherLid, username)
  expect(await customers()).toMatchObject([{ lid, username: null }])
  expect(await shown()).toEqual([null, username])
  await writes({ lid }, username)
  expect(await shown()).toEqual([username, null])
  expect(await customers()).toMatchObject([{ lid, username }])
})

test('nothing of a username is left of an erased person', async () => {
  await addressBook(username)
  await writes({ lid }, username)
  const group = '120363000000000001@g.us'
  await one.inbound({ group, participant: lid, pushName: null, username })
  const [customer] = await customers()
  await one.services.customers.erase(1, customer?.id ?? 0)
  for (const table of ['customers', 'senders', 'contact_names'] as const)
    expect(await one.store.read.selectFrom(table).select('username').execute()).toEqual([])
})
