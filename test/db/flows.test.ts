import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { insertAccount, renameAccount } from '../../src/features/accounts/queries/accounts.ts'
import { appendEvent, eventsAfter } from '../../src/features/events/queries/events.ts'
import {
  deleteAnswersBefore,
  findAnswer,
  storeAnswer,
} from '../../src/features/access/queries/idempotency.ts'
import { insertApiKey } from '../../src/features/access/queries/api-keys.ts'
import { continueConversation, openConversation } from '../../src/features/chats/queries/conversations.ts'
import {
  dueMessages,
  expiredMessages,
  insertOutbox,
  nextOutboxTime,
  outboxSummary,
  postpone,
  releaseWaiting,
} from '../../src/features/sending/queries/outbox.ts'
import { removeFromOutbox } from '../../src/features/messages/queries/waiting-messages.ts'
import { renewWaiting } from '../../src/features/sending/queries/pacing.ts'
import type { RenewCursor } from '../../src/features/sending/queries/pacing.ts'
import { Store } from '../../src/db/store.ts'
import { at, folder, storeWithAccount } from './folder.ts'
import { addChat, addMessage, person } from './rows.ts'

let store: Store

beforeEach(async () => {
  store = await storeWithAccount()
})

describe('the version of the data', () => {
  test('stays while there are only reads, and changes with every write, of any connection', async () => {
    const dir = folder()
    const mine = await storeWithAccount(dir)
    const theirs = await Store.open(dir)
    onTestFinished(() => theirs.close())
    const before = mine.version()
    await outboxSummary(mine.read, 1)
    expect(mine.version()).toBe(before)
    await mine.write((trx) => renameAccount(trx, 1, 'Ours'))
    const after = mine.version()
    expect(after).not.toBe(before)
    await theirs.write((trx) => renameAccount(trx, 1, 'Theirs'))
    expect(mine.version()).not.toBe(after)
  })

  test('stays when something is written aside, unless it is written together with something else', async () => {
    const before = store.version()
    const save = () => store.writeAside((trx) => renameAccount(trx, 1, 'Aside'))
    await save()
    expect(store.version()).toBe(before)
    await Promise.all([save(), store.writeLazily((trx) => renameAccount(trx, 1, 'Ours'))])
    expect(store.version()).not.toBe(before)
  })
})

describe('the event log', () => {
  const event = (n: number, accountId = 1) =>
    ({ name: 'customer.updated', accountId, chatId: null, data: { customerId: n } }) as const

  test('numbers 500 events of one moment without a gap, each once, in the order of the commits', async () => {
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => store.write((trx) => appendEvent(trx, event(n), at(1)))),
    )
    const events = await eventsAfter(store.read, 1, { after: 0, limit: 1000 })
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, n) => n + 1))
    expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 500 }, (_, n) => ({ customerId: n })))
    expect(new Set(events.map(({ id }) => id)).size).toBe(500)
  })

  test('leaves no gap where a write fails after it has written its event', async () => {
    const works = Array.from({ length: 60 }, (_, n) =>
      store.write(async (trx) => {
        await appendEvent(trx, event(n), at(1))
        if (n % 3 === 0) throw new Error('no')
      }),
    )
    await Promise.allSettled(works)
    const events = await eventsAfter(store.read, 1, { after: 0, limit: 1000 })
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
  })

  test('is numbered per account, and read per account', async () => {
    await store.write((trx) => insertAccount(trx, { network: 'whatsapp', name: 'Second', at: at(0) }))
    for (const accountId of [1, 2, 1, 2, 2])
      await store.write((trx) => appendEvent(trx, event(1, accountId), at(1)))
    const seqs = async (accountId: number) =>
      (await eventsAfter(store.read, accountId, { after: 0, limit: 10 })).map(({ seq }) => seq)
    expect(await seqs(1)).toEqual([1, 2])
    expect(await seqs(2)).toEqual([1, 2, 3])
  })

  test('is read from where a follower stands, some at a time', async () => {
    for (let n = 0; n < 5; n++) await store.write((trx) => appendEvent(trx, event(n), at(n)))
    const page = await eventsAfter(store.read, 1, { after: 2, limit: 2 })
    expect(page.map(({ seq, createdAt }) => [seq, createdAt])).toEqual([
      [3, at(2)],
      [4, at(3)],
    ])
  })

  test('takes no event without an account', async () => {
    await expect(store.write((trx) => appendEvent(trx, event(1, 99), at(1)))).rejects.toThrow(
      'needs an account',
    )
  })
})

describe('the outbox', () => {
  let chats: number[]

  beforeEach(async () => {
    chats = []
    for (const n of [1, 2, 3]) chats.push((await addChat(store, person(`549111234567${n}`))).id)
  })

  const queue = async (chat: number, due = 1, expires = 1000): Promise<number> => {
    const chatId = chats[chat] ?? 0
    const messageId = await addMessage(store, chatId, {
      direction: 'outgoing',
      author: 'api',
      status: 'queued',
    })
    await store.write((trx) =>
      insertOutbox(trx, {
        accountId: 1,
        messageId,
        chatId,
        dueAt: at(due),
        expiresAt: at(expires),
        sendClass: 'cold',
      }),
    )
    return messageId
  }
  const due = async (now: number, busy: number[] = [], limit = 10) => {
    const busyChats = new Set(busy.map((chat) => chats[chat] ?? 0))
    return (await dueMessages(store.read, 1, { now: at(now), busyChats, limit })).map(
      ({ messageId }) => messageId,
    )
  }

  test('gives the oldest of each chat, the longest due first', async () => {
    const a = await queue(0, 3)
    await queue(0, 1)
    const b = await queue(1, 2)
    expect(await due(10)).toEqual([b, a])
    expect(await due(2)).toEqual([b])
    expect(await due(10, [], 1)).toEqual([b])
    expect(await dueMessages(store.read, 2, { now: at(10), busyChats: new Set(), limit: 10 })).toEqual([])
  })

  test('gives nothing of a chat with a message on its way, and as many of the others as there is room for', async () => {
    await queue(0, 1)
    const b = await queue(1, 2)
    const c = await queue(2, 3)
    expect(await due(10, [0], 2)).toEqual([b, c])
    expect(await due(10, [0, 1], 1)).toEqual([c])
    expect(await due(10, [0, 1, 2])).toEqual([])
  })

  test('lets no message overtake one that waits for its next try', async () => {
    const first = await queue(0)
    const second = await queue(0)
    await store.write((trx) => postpone(trx, first, { dueAt: at(100), attempts: 1, reason: 'unconfirmed' }))
    expect(await due(10)).toEqual([])
    expect(await due(100)).toEqual([first])
    expect(await store.write((trx) => removeFromOutbox(trx, first))).toBe(true)
    expect(await store.write((trx) => removeFromOutbox(trx, first))).toBe(false)
    expect(await due(100)).toEqual([second])
  })

  test('makes messages due on a new connection that wait for one, and leaves the rest', async () => {
    const ids = [await queue(0), await queue(1), await queue(2)]
    for (const [n, reason] of (['not_connected', 'unconfirmed', 'reachout_locked'] as const).entries()) {
      await store.write((trx) => postpone(trx, ids[n] ?? 0, { dueAt: at(100), attempts: 1, reason }))
    }
    await store.write((trx) => releaseWaiting(trx, 1, at(10)))
    expect(await due(10)).toEqual(ids.slice(0, 2))
  })

  test('says when it has something to do again', async () => {
    expect(await nextOutboxTime(store.read, 1, at(0))).toBeUndefined()
    await queue(0, 50, 400)
    await queue(1, 20, 500)
    expect(await nextOutboxTime(store.read, 1, at(0))).toEqual(at(20))
    expect(await nextOutboxTime(store.read, 1, at(60))).toEqual(at(400))
    expect(await nextOutboxTime(store.read, 1, at(900))).toEqual(at(400))
  })

  test('knows which messages have expired', async () => {
    const old = await queue(0, 1, 10)
    await queue(1, 1, 11)
    const found = await expiredMessages(store.read, 1, at(10))
    expect(found.map(({ messageId }) => messageId)).toEqual([old])
    expect(await expiredMessages(store.read, 2, at(10))).toEqual([])
  })

  test('extends the expiry of all messages that wait for their turn, however many they are', async () => {
    const messageIds = await Promise.all(
      Array.from({ length: 1100 }, () => addMessage(store, chats[0] ?? 0, { status: 'queued' })),
    )
    await store.write(async (trx) => {
      const row = { accountId: 1, chatId: chats[0] ?? 0, dueAt: at(1), expiresAt: at(10) }
      for (const messageId of messageIds) await insertOutbox(trx, { ...row, messageId, sendClass: 'cold' })
    })
    const times = { now: at(1), liveMs: 100_000, maxMs: 1_000_000 }
    let pages = 0
    for (let after: RenewCursor | undefined, first = true; first || after; first = false, pages++) {
      after = await store.write((trx) => renewWaiting(trx, 1, times, after))
    }
    expect(pages).toBe(3)
    const rows = await store.read.selectFrom('outbox').select('expires_at').distinct().execute()
    expect(rows).toEqual([{ expires_at: at(1).getTime() + 100_000 }])
  })

  test('is summed up with its oldest message and why that waits', async () => {
    expect(await outboxSummary(store.read, 1)).toEqual({ waiting: 0, oldestAt: null, reason: null })
    const first = await queue(0)
    await queue(1)
    await store.write((trx) => postpone(trx, first, { dueAt: at(9), attempts: 1, reason: 'not_connected' }))
    expect(await outboxSummary(store.read, 1)).toEqual({
      waiting: 2,
      oldestAt: at(1),
      reason: 'not_connected',
    })
  })
})

test('a chat has at most one open conversation, which counts its messages', async () => {
  const chat = await addChat(store)
  const from = { accountId: 1, chatId: chat.id, customerId: chat.customerId, at: at(1) }
  expect(await store.write((trx) => continueConversation(trx, chat.id, at(1)))).toBeUndefined()
  const id = await store.write((trx) => openConversation(trx, from))
  expect(await store.write((trx) => continueConversation(trx, chat.id, at(2)))).toBe(id)
  await expect(store.write((trx) => openConversation(trx, from))).rejects.toThrow(/UNIQUE/)
  const row = await store.read.selectFrom('conversations').selectAll().executeTakeFirstOrThrow()
  expect(row).toMatchObject({ message_count: 2, created_at: at(1).getTime(), updated_at: at(2).getTime() })
  await store.write((trx) => trx.updateTable('conversations').set({ status: 'resolved' }).execute())
  expect(await store.write((trx) => continueConversation(trx, chat.id, at(3)))).toBeUndefined()
  expect(await store.write((trx) => openConversation(trx, from))).not.toBe(id)
})

test('an answer is kept under its key, replaced by a newer one, and deleted when it is old', async () => {
  const keys = { accountId: null, name: 'k', prefix: 'k', mode: 'live', scopes: [] } as const
  for (const hash of ['a', 'b']) await store.write((trx) => insertApiKey(trx, { ...keys, hash }, at(0)))
  const answer = {
    route: 'POST /send',
    fingerprint: 'f',
    status: 200,
    body: { id: 1, ñ: '👍' },
    createdAt: at(1),
  }
  const put = (keyId: number, createdAt: Date) =>
    store.write((trx) => storeAnswer(trx, keyId, 'k1', { ...answer, createdAt }))
  await put(1, at(1))
  await put(1, at(2))
  await put(2, at(9))
  expect(await findAnswer(store.read, 1, 'k1')).toEqual({ ...answer, createdAt: at(2) })
  expect(await findAnswer(store.read, 1, 'k2')).toBeUndefined()
  await store.write((trx) => deleteAnswersBefore(trx, at(3)))
  expect(await findAnswer(store.read, 1, 'k1')).toBeUndefined()
  expect(await findAnswer(store.read, 2, 'k1')).toBeDefined()
})
