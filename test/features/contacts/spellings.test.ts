import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { phoneJid } from '../../../src/core/jid.ts'
import { otherSpelling } from '../../../src/core/phone/phone-spellings.ts'
import { DuplicatePeople } from '../../../src/features/contacts/duplicate-people.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, eventsOf, message, sendNow } from '../fixture.ts'

const clock = new HandClock()
let one: TestApp

beforeAll(async () => {
  // Noon.
  clock.advance(14 * 60 * 60_000)
  one = await startTestApp({ clock })
})
afterAll(() => one.stop())
beforeEach(async () => {
  expect(await contradictionsIn(one.store)).toEqual([])
  for (const { id } of await customers()) await one.services.customers.erase(1, id)
  one.line.sent.length = 0
  delete one.line.lookUp
  clock.advance(60_000)
})

const { customers, found } = {
  customers: async () => (await one.services.customers.list(1, { limit: 50, offset: 0 })).customers,
  found: async (search: string) =>
    (await one.services.customers.list(1, { search, limit: 5, offset: 0 })).total,
}
const create = (phone: string, more = {}) =>
  one.services.customers.create(1, { phone, name: 'Ficha', tags: ['vip'], ...more })
const advertise = async (phone: string) =>
  (await sendNow(one, { to: [phoneJid(phone)], text: '2x1', category: 'marketing' }))[0]
const adverts = () => one.line.sent.filter(({ text }) => text.startsWith('2x1'))
const chats = async () => (await one.services.chats.list(1, { offset: 0, limit: 10 })).chats

/** Numbers as people write them, and as WhatsApp has them. */
const numbers = [
  ['Argentina without the 9', '541155550001', '5491155550001'],
  ['Argentina with the 9', '5491155550002', '541155550002'],
  ['Mexico without the 1', '525588880001', '5215588880001'],
  ['Mexico with the 1', '5215588880002', '525588880002'],
  ['Brazil with the ninth digit', '5531977770001', '553177770001'],
  ['Brazil without it', '553177770002', '5531977770002'],
  ['Ivory Coast as before 2021', '22547123456', '2250747123456'],
  ['Ivory Coast as since then', '2250504123456', '22504123456'],
  ['Benin as before 2024', '22997123456', '2290197123456'],
] as const

test.each([
  ['22520123456', '2252720123456'],
  ['22520023456', '2252520023456'],
  ['22520823456', '2252120823456'],
  ['22501123456', '2250101123456'],
  ['22545123456', '2250545123456'],
  ['22549123456', '2250749123456'],
])('a number of Ivory Coast of before 2021, %s, is %s since', (before, since) => {
  expect(otherSpelling(before)).toBe(since)
  expect(otherSpelling(since)).toBe(before)
})

describe.each(numbers)('a number of %s', (_country, typed, real) => {
  test('is the same person’s, whether entered or written from, and shown as WhatsApp spells it', async () => {
    const { id } = await create(typed)
    await one.inbound({ phone: real, pushName: 'Ana' })
    expect(await customers()).toMatchObject([{ id, phone: real, name: 'Ficha', tags: ['vip'] }])
    expect([await found(typed), await found(real)]).toEqual([1, 1])
    for (const spelling of [typed, real]) {
      const { chat, messages } = await one.services.messages.ofChat(1, phoneJid(spelling), { limit: 5 })
      expect([chat.jid, messages.length]).toEqual([phoneJid(real), 1])
      await one.services.chats.update(1, phoneJid(spelling), { botEnabled: false })
    }
  })

  test('cannot be entered twice', async () => {
    await create(typed)
    await expect(create(real)).rejects.toThrow(/already has this phone number/)
    const [{ id = 0 } = {}] = await customers()
    expect(await one.services.customers.update(1, id, { phone: real, notes: 'x' })).toMatchObject({
      notes: 'x',
    })
  })

  test('gets no advertising after its owner has said no from the other spelling', async () => {
    await create(typed, { acceptsMarketing: true })
    await one.inbound({ phone: real, text: 'BAJA' })
    for (const spelling of [typed, real])
      expect(await advertise(spelling)).toMatchObject({ status: 'rejected' })
    await one.inbound({ phone: real, text: 'ALTA' })
    for (const spelling of [typed, real])
      expect(await advertise(spelling)).toMatchObject({ status: 'queued' })
    await until('both are out', () => adverts().length === 2)
    expect(new Set(adverts().map(({ jid }) => jid))).toEqual(new Set([phoneJid(real)]))
  })

  test('that was written to in one spelling answers from the other into the same chat', async () => {
    one.line.lookUp = () => Promise.resolve(phoneJid(real))
    await sendNow(one, { to: [phoneJid(typed)], text: 'hola' })
    await one.inbound({ phone: real, text: 'hola' })
    await until('it is out', () => one.line.sent.length === 1)
    expect(await chats()).toMatchObject([{ jid: phoneJid(real), messageCount: 2 }])
    await sendNow(one, { to: [phoneJid(typed)], text: '¿qué tal?' })
    await until('the answer is out', () => one.line.sent.length === 2)
    expect(one.line.sent[1]?.jid).toBe(phoneJid(real))
  })

  test('with a LID is one person, whichever spelling the LID is known to have', async () => {
    const lid = `77${real.slice(-9)}@lid`
    await create(typed, { acceptsMarketing: true })
    await one.inbound({ lid, text: 'BAJA' })
    await one.services.inbox.mappings(1, [{ lid, phone: real }], clock.now())
    expect(await customers()).toMatchObject([{ phone: real, lid, acceptsMarketing: false }])
    expect(await advertise(typed)).toMatchObject({ status: 'rejected' })
  })
})

test('an imported yes does not overrule a no that the same person gave under a LID', async () => {
  const lid = '7788990011@lid'
  await one.inbound({ lid, text: 'BAJA' })
  clock.advance(60_000)
  await create('5491155550009', { acceptsMarketing: true })
  await one.services.inbox.mappings(1, [{ lid, phone: '5491155550009' }], clock.now())
  expect(await customers()).toMatchObject([{ acceptsMarketing: false, name: 'Ficha' }])
  expect(await advertise('5491155550009')).toMatchObject({ status: 'rejected' })
})

test('advertising that is under way stops where WhatsApp says that the number is somebody who said no', async () => {
  // A country that is in no table: WhatsApp alone knows.
  const [typed, real] = ['24106123456', '24166123456'] as const
  await one.inbound({ phone: real, text: 'BAJA' })
  await create(typed, { acceptsMarketing: true })
  one.line.lookUp = () => Promise.resolve(phoneJid(real))
  const result = await advertise(typed)
  const id = result?.messageId ?? 0
  await until('it is cancelled', async () => (await message(one, id)).status === 'cancelled')
  expect((await message(one, id)).reason).toBe('opted_out')
  expect(adverts()).toEqual([])
  expect(await chats()).toHaveLength(1)
})

test('a person who was erased under one spelling stays erased when the history comes under the other', async () => {
  const { id } = await create('541155550003')
  await one.services.customers.erase(1, id)
  const sentAt = new Date(clock.now().getTime() - 3_600_000)
  await one.inbound({ phone: '5491155550003', text: 'secreto', origin: 'history', sentAt })
  expect(await customers()).toEqual([])
})

test('a person whom an older version stored twice becomes one, with all that both had', async () => {
  const [typed, real] = ['541155550004', '5491155550004'] as const
  await one.inbound({ phone: real, text: 'BAJA' })
  // As it was before numbers were found by both spellings.
  await one.store.write(async (trx) => {
    await trx.deleteFrom('chat_jids').where('jid', '=', phoneJid(typed)).execute()
    await trx.updateTable('customers').set({ phone: '1999' }).where('phone', '=', real).execute()
  })
  await sendNow(one, { to: [phoneJid(typed)], text: 'hola' })
  await one.store.write(async (trx) => {
    await trx.updateTable('customers').set({ phone: real }).where('phone', '=', '1999').execute()
    await trx.insertInto('doubled_people').values({ account_id: 1, phone: typed }).execute()
  })
  expect(await chats()).toHaveLength(2)
  const before = (await eventsOf(one)).length
  const doubles = new DuplicatePeople({
    store: one.store,
    clock,
    personRows: one.services.personRows,
  })
  await doubles.unite()
  await doubles.unite()
  expect(await chats()).toMatchObject([{ jid: phoneJid(real), messageCount: 3 }])
  expect(await customers()).toMatchObject([{ phone: real, acceptsMarketing: false }])
  expect(await advertise(typed)).toMatchObject({ status: 'rejected' })
  const told = (await eventsOf(one)).slice(before).filter(({ name }) => name === 'customer.merged')
  expect(told).toHaveLength(1)
})
