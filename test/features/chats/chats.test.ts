import { beforeEach, describe, expect, test } from 'vitest'
import { chatCount } from '../../../src/features/accounts/queries/accounts.ts'
import {
  clearUnread,
  countBotChats,
  findChat,
  listChats,
  updateChat,
} from '../../../src/features/chats/queries/chats.ts'
import { jidsOf } from '../../../src/core/chat-address.ts'
import { findChatsSeen, insertChat } from '../../../src/features/contacts/queries/chat-addresses.ts'
import {
  ensureCustomer,
  nameCustomer,
  touchCustomer,
} from '../../../src/features/contacts/queries/customers.ts'
import type { Store } from '../../../src/db/store.ts'
import { at, storeWithAccount } from '../../db/folder.ts'
import { aGroup, addChat, addMessage, juan, person } from '../../db/rows.ts'
import { lastMessageAt } from '../../support/rows/people.ts'

let store: Store

beforeEach(async () => {
  store = await storeWithAccount()
})

const jid = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'
const get = async (address = jid) => {
  const chat = await findChat(store.read, 1, address)
  if (!chat) throw new Error(`no chat ${address}`)
  return chat
}

describe('an address', () => {
  test('shows the group, then the phone, then the LID', () => {
    expect(jidsOf(person('5491112345678', lid))).toEqual([jid, lid])
    expect(jidsOf(person(null, lid))).toEqual([lid])
    expect(jidsOf(aGroup)).toEqual(['120363041234567890@g.us'])
    expect(jidsOf(person(null))).toEqual([])
  })

  test('without a person makes no chat', async () => {
    const chat = {
      accountId: 1,
      address: person(null),
      jids: [],
      customerId: null,
      botEnabled: false,
      at: at(0),
    }
    await expect(store.write((trx) => insertChat(trx, chat))).rejects.toThrow('needs an address')
    expect(await chatCount(store.read, 1)).toBe(0)
  })

  test('is unknown in another account', async () => {
    await addChat(store)
    expect(await findChat(store.read, 2, jid)).toBeUndefined()
    expect(await store.write((trx) => findChatsSeen(trx, 2, jidsOf(juan)))).toEqual([])
    expect(await listChats(store.read, 2, { offset: 0, limit: 10 })).toEqual([])
  })
})

describe('the counters of a chat', () => {
  test('follow its messages, and show the newest by its time', async () => {
    const { id } = await addChat(store)
    await addMessage(store, id, { text: 'second', sentAt: at(20) })
    await addMessage(store, id, { text: 'first', sentAt: at(10), direction: 'outgoing' })
    expect(await get()).toMatchObject({
      messageCount: 2,
      unreadCount: 1,
      lastMessage: { text: 'second', direction: 'incoming', sentAt: at(20) },
    })
  })

  test('show the later one of two messages of the same moment', async () => {
    const { id } = await addChat(store)
    await addMessage(store, id, { text: 'one', sentAt: at(5) })
    await addMessage(store, id, { text: 'two', sentAt: at(5) })
    expect((await get()).lastMessage?.text).toBe('two')
  })

  test('are right after many writes at once', async () => {
    const { id } = await addChat(store)
    await Promise.all(Array.from({ length: 300 }, (_, n) => addMessage(store, id, { sentAt: at(n) })))
    expect(await get()).toMatchObject({
      messageCount: 300,
      unreadCount: 300,
      lastMessage: { sentAt: at(299) },
    })
  })

  test('of unread messages go back to nothing when the chat is read', async () => {
    const { id } = await addChat(store)
    await addMessage(store, id)
    await store.write((trx) => clearUnread(trx, id))
    expect(await get()).toMatchObject({ messageCount: 1, unreadCount: 0 })
  })

  test('are kept for each account, whose chats are counted', async () => {
    await addChat(store)
    await addChat(store, person('5491123456789'))
    expect(await chatCount(store.read, 1)).toBe(2)
    expect(await chatCount(store.read, 2)).toBe(0)
  })
})

describe('a list of chats', () => {
  test('has the newest activity first and the silent ones last, page by page', async () => {
    const chats = await Promise.all(
      Array.from({ length: 7 }, (_, n) => addChat(store, person(`549111234567${n}`))),
    )
    const ids = chats.map(({ id }) => id)
    for (const [n, id] of ids.slice(0, 5).entries())
      await addMessage(store, id, { sentAt: at(n === 0 ? 9 : n) })
    const expected = [ids[0], ids[4], ids[3], ids[2], ids[1], ids[6], ids[5]]
    const pages = await Promise.all(
      [0, 3, 6, 9].map((offset) => listChats(store.read, 1, { offset, limit: 3 })),
    )
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1, 0])
    expect(pages.flat().map(({ id }) => id)).toEqual(expected)
  })

  test('names people by the address book, then by their own name, then by their number', async () => {
    const { customerId } = await addChat(store)
    expect((await get()).name).toBe('+54 9 11 1234 5678')
    await store.write((trx) => nameCustomer(trx, customerId, { pushName: 'Juancito' }, at(1)))
    expect((await get()).name).toBe('Juancito')
    await store.write((trx) => nameCustomer(trx, customerId, { name: 'Juan Pérez' }, at(1)))
    expect((await get()).name).toBe('Juan Pérez')
  })

  test('names a person without a name and a number by a neutral word, never by the LID', async () => {
    await addChat(store, person(null, lid))
    expect((await get(lid)).name).toBe('Customer')
  })
})

test('a change touches what it names and nothing else', async () => {
  const { id } = await addChat(store)
  const patch = (change: Parameters<typeof updateChat>[2]) =>
    store.write((trx) => updateChat(trx, id, change))
  await patch({ botEnabled: true })
  expect(await get()).toMatchObject({ botEnabled: true, untouchable: false })
  await patch({ untouchable: true, botEnabled: undefined })
  expect(await get()).toMatchObject({ botEnabled: true, untouchable: true })
  expect(await countBotChats(store.read, 1)).toEqual({ activeBotChats: 1, untouchableChats: 1 })
  await patch({})
  await patch({ botEnabled: false, untouchable: false })
  expect(await countBotChats(store.read, 1)).toEqual({ activeBotChats: 0, untouchableChats: 0 })
})

describe('a customer', () => {
  const ensure = (address: typeof juan) =>
    store.write((trx) => ensureCustomer(trx, { accountId: 1, address, at: at(0) }))

  test('is the same under the number and the LID once both were seen together', async () => {
    const first = await ensure(person('5491112345678'))
    expect(first.created).toBe(true)
    expect(await ensure(person('5491112345678', lid))).toEqual({ id: first.id, created: false })
    expect(await ensure(person(null, lid))).toEqual({ id: first.id, created: false })
  })

  test('who is met twice under different addresses keeps both rows, and neither takes the other’s number', async () => {
    const byPhone = await ensure(person('5491112345678'))
    const byLid = await ensure(person(null, lid))
    expect(byLid.id).not.toBe(byPhone.id)
    expect(await ensure(person('5491112345678', lid))).toEqual({ id: byPhone.id, created: false })
    expect(await ensure(person(null, lid))).toEqual({ id: byLid.id, created: false })
  })

  test('is renamed by what is new only', async () => {
    const { id } = await ensure(juan)
    const name = (names: Parameters<typeof nameCustomer>[2]) =>
      store.write((trx) => nameCustomer(trx, id, names, at(1)))
    expect(await name({ pushName: 'Juan' })).toEqual({ changed: true, renamed: false })
    expect(await name({ pushName: 'Juan' })).toEqual({ changed: false, renamed: false })
    expect(await name({ pushName: 'Juan', name: 'Juan P.' })).toEqual({ changed: true, renamed: false })
    expect(await name({ name: null, pushName: '' })).toEqual({ changed: false, renamed: false })
    expect(await name({ name: 'J. P.' })).toEqual({ changed: true, renamed: true })
  })

  test('was last heard from at the latest time that was told', async () => {
    const { id } = await ensure(juan)
    const seen = () => lastMessageAt(store.read, id)
    for (const second of [10, 5, 20, 20]) await store.write((trx) => touchCustomer(trx, id, at(second)))
    expect(await seen()).toBe(at(20).getTime())
  })
})
