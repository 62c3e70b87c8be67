import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { advanceStatus } from '../../../src/features/messages/queries/message-statuses.ts'
import {
  findMessage,
  findMessages,
  findSentContent,
  messagesOfChat,
  selectByIds,
} from '../../../src/features/messages/queries/messages.ts'
import { insertMessage } from '../../../src/features/messages/queries/insert-message.ts'
import type { Message } from '../../../src/features/messages/message.ts'
import type { MessageStatus } from '../../../src/core/messages/status.ts'
import type { Store } from '../../../src/db/store.ts'
import { at, storeWithAccount } from '../../db/folder.ts'
import { addChat, addMessage, messageOf, person } from '../../db/rows.ts'

let store: Store
let chatId: number

beforeEach(async () => {
  store = await storeWithAccount()
  chatId = (await addChat(store)).id
})

const get = async (id: number): Promise<Message> => {
  const message = await findMessage(store.read, 1, id)
  if (!message) throw new Error(`no message ${id}`)
  return message
}

describe('a stored message', () => {
  test('comes back as it went in', async () => {
    const text = 'Ñandú 👩‍👩‍👧 \u0000 \u202E'
    const row = messageOf(chatId, {
      waId: 'A',
      text,
      kind: 'image',
      participant: '1@lid',
      proto: new Uint8Array([1, 0]),
    })
    const id = await store.write((trx) => insertMessage(trx, row))
    const { proto: _, ...kept } = row
    expect(await get(id ?? 0)).toEqual({
      ...kept,
      editedAt: null,
      deletedAt: null,
      reactions: [],
      votes: [],
      answers: [],
      id,
      chatJid: '5491112345678@s.whatsapp.net',
      reasonDetail: null,
      ackedAt: null,
      deliveredAt: null,
      readAt: null,
      chatUsername: null,
      sender: { jid: '1@lid', name: 'Member', username: null },
    })
  })

  test('is stored once, however often and at once it comes', async () => {
    const row = messageOf(chatId, { waId: 'A' })
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => store.write((trx) => insertMessage(trx, row))),
    )
    expect(ids.filter((id) => id !== undefined)).toHaveLength(1)
    expect(await messagesOfChat(store.read, chatId, { limit: 100 })).toHaveLength(1)
  })

  test('is another one in another chat, or in the other direction', async () => {
    const elsewhere = await addChat(store, person('5491123456789'))
    const ids = [
      await addMessage(store, chatId, { waId: 'A' }),
      await addMessage(store, chatId, {
        waId: 'A',
        direction: 'outgoing',
        author: 'operator',
        status: 'sent',
      }),
      await addMessage(store, elsewhere.id, { waId: 'A' }),
    ]
    expect(new Set(ids).size).toBe(3)
  })

  test('belongs to its account alone', async () => {
    const id = await addMessage(store, chatId)
    expect(await findMessage(store.read, 2, id)).toBeUndefined()
  })
})

describe('a page of messages', () => {
  test('is the newest, oldest first, and the next one ends where it began', async () => {
    // Some share their second; some came later than newer ones.
    const seconds = [1, 2, 2, 2, 3, 0, 5, 5, 4]
    const ids: number[] = []
    for (const second of seconds) ids.push(await addMessage(store, chatId, { sentAt: at(second) }))
    const order = ids
      .map((id, n) => ({ id, second: seconds[n] ?? 0 }))
      .toSorted((a, b) => a.second - b.second || a.id - b.id)
      .map(({ id }) => id)
    const found: number[] = []
    for (let before: Message | undefined; ;) {
      const page = await messagesOfChat(store.read, chatId, { limit: 2, before })
      if (page.length === 0) break
      found.unshift(...page.map(({ id }) => id))
      before = page[0]
    }
    expect(found).toEqual(order)
  })

  test('is empty where the chat is unknown', async () => {
    expect(await messagesOfChat(store.read, 99, { limit: 10 })).toEqual([])
  })
})

describe('the status of an outgoing message', () => {
  let id: number

  beforeEach(async () => {
    id = await addMessage(store, chatId, {
      waId: 'OUT',
      direction: 'outgoing',
      author: 'api',
      status: 'queued',
    })
  })

  const advance = (status: MessageStatus, second: number, accountId = 1) =>
    store.write((trx) =>
      advanceStatus(trx, accountId, 'OUT', { status, reason: null, detail: null, at: at(second) }),
    )

  test('goes forward, each step with its time', async () => {
    for (const [n, status] of (['sent', 'delivered', 'read'] as const).entries()) {
      expect(await advance(status, 10 + n)).toMatchObject({ id, chatId })
    }
    expect(await get(id)).toMatchObject({
      status: 'read',
      ackedAt: at(10),
      deliveredAt: at(11),
      readAt: at(12),
    })
  })

  test('never goes back, and the same news twice is no news', async () => {
    await advance('read', 10)
    for (const status of ['sent', 'delivered', 'read', 'failed', 'expired', 'cancelled'] as const) {
      expect(await advance(status, 20)).toBeUndefined()
    }
    expect(await get(id)).toMatchObject({ status: 'read', readAt: at(10) })
  })

  test('of a receipt that comes before the ack says that the ack has happened', async () => {
    await advance('delivered', 10)
    expect(await get(id)).toMatchObject({
      status: 'delivered',
      ackedAt: at(10),
      deliveredAt: at(10),
      readAt: null,
    })
    expect(await advance('sent', 11)).toBeUndefined()
  })

  test('has times in their order, although receipts are stamped in whole seconds', async () => {
    await advance('sent', 10.9)
    await advance('delivered', 10)
    await advance('read', 10)
    expect(await get(id)).toMatchObject({ ackedAt: at(10.9), deliveredAt: at(10.9), readAt: at(10.9) })
  })

  test('is the truth where a message arrived that had been given up', async () => {
    await store.write((trx) =>
      advanceStatus(trx, 1, 'OUT', { status: 'failed', reason: 'refused', detail: '479', at: at(5) }),
    )
    expect(await get(id)).toMatchObject({ status: 'failed', reason: 'refused', reasonDetail: '479' })
    await advance('delivered', 10)
    expect(await get(id)).toMatchObject({
      status: 'delivered',
      reason: null,
      reasonDetail: null,
      ackedAt: at(10),
    })
  })

  test('is not changed by another account, by an unknown id, or for what came in', async () => {
    expect(await advance('sent', 10, 2)).toBeUndefined()
    const incoming = await addMessage(store, chatId, { waId: 'IN' })
    const change = { status: 'read', reason: null, detail: null, at: at(1) } as const
    for (const waId of ['IN', 'NOBODY', '']) {
      expect(await store.write((trx) => advanceStatus(trx, 1, waId, change))).toBeUndefined()
    }
    expect((await get(incoming)).status).toBe('received')
  })

  test('ends the same in whatever order the news come at once', async () => {
    await Promise.all(
      (['read', 'sent', 'delivered', 'read', 'sent'] as const).map((status) => advance(status, 10)),
    )
    expect((await get(id)).status).toBe('read')
  })
})

test('a sent message is found again for a device that asks, and only by its account', async () => {
  await addMessage(store, chatId, { waId: 'OUT', direction: 'outgoing', text: 'otra vez' })
  await addMessage(store, chatId, { waId: 'IN', text: 'no' })
  expect(await findSentContent(store.read, 1, 'OUT')).toEqual({
    kind: 'text',
    text: 'otra vez',
    details: null,
  })
  expect(await findSentContent(store.read, 2, 'OUT')).toBeUndefined()
  expect(await findSentContent(store.read, 1, 'IN')).toBeUndefined()
})

test('many messages are found by their ids in the order of these, each by its key, and only by their account', async () => {
  const ids: number[] = []
  for (const waId of ['A', 'B', 'C']) ids.push(await addMessage(store, chatId, { waId }))
  const [a = 0, b = 0, c = 0] = ids
  expect((await findMessages(store.read, 1, [c, 99, a, b])).map(({ waId }) => waId)).toEqual(['C', 'A', 'B'])
  expect(await findMessages(store.read, 2, ids)).toEqual([])
  const many = Array.from({ length: 60 }, (_, n) => n)
  const plan = await selectByIds(store.read, 1, many).explain<{ detail: string }>(undefined, sql`query plan`)
  expect(plan.map(({ detail }) => detail)).toContain('SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)')
})
