import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { AccountStatus } from '../../../src/core/account.ts'
import type { CloseReason, ConnectionState } from '../../../src/features/accounts/connection.ts'
import { diskWorker } from '../../../src/db/disk-worker.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { settled } from '../../util/turns.ts'
import { HandClock, app, eventNames, eventsOf, juan, lid, message, send, texts } from '../fixture.ts'
import { countRows } from '../../support/rows/tables.ts'

const clock = new HandClock()
let one: TestApp

beforeEach(async () => {
  one = await app({ clock })
})

const chat = (address = juan) => one.services.chats.get(1, address)
const phone = '5491112345678'

describe('a message', () => {
  test('that comes live makes chat, customer and conversation, counts, and is told', async () => {
    await one.inbound({ text: 'hola' })
    expect(await chat()).toMatchObject({
      kind: 'person',
      name: 'Juan',
      messageCount: 1,
      unreadCount: 1,
      botEnabled: false,
      lastMessage: { text: 'hola', direction: 'incoming' },
    })
    expect(await eventNames(one)).toEqual(['customer.created', 'conversation.created', 'message.received'])
    const { messages } = await one.services.messages.ofChat(1, juan, { limit: 10 })
    expect(messages).toMatchObject([
      { direction: 'incoming', author: 'customer', status: 'received', origin: 'live', conversationId: 1 },
    ])
  })

  test('fetched after being offline is news like a live one', async () => {
    await one.inbound({ text: 'hola', origin: 'offline' })
    expect(await chat()).toMatchObject({ messageCount: 1, unreadCount: 1 })
    expect(await eventNames(one)).toContain('message.received')
  })

  test('of the history is no news: no event, nothing unread, no conversation, no bot', async () => {
    await one.services.settings.update(1, { botNewChats: true })
    const before = (await eventsOf(one)).length
    await one.inbound({ text: 'hace años', origin: 'history' })
    await one.inbound({ text: 'ya', origin: 'history', fromMe: true })
    expect((await eventsOf(one)).length).toBe(before)
    expect(await chat()).toMatchObject({ messageCount: 2, unreadCount: 0, botEnabled: false })
    const { messages } = await one.services.messages.ofChat(1, juan, { limit: 10 })
    expect(messages.map(({ conversationId }) => conversationId)).toEqual([null, null])
  })

  test('of the history does not pass for the newest', async () => {
    const old = new Date(clock.now().getTime() - 60_000)
    await one.inbound({ text: 'ahora' })
    await one.inbound({ text: 'antes', origin: 'history', sentAt: old })
    expect((await chat()).lastMessage?.text).toBe('ahora')
    expect(await texts(one)).toEqual(['antes', 'ahora'])
  })

  test('of the owner in the history leaves unread what has come since', async () => {
    const old = new Date(clock.now().getTime() - 60_000)
    await one.inbound({ text: 'ahora' })
    await one.inbound({ text: 'antes', origin: 'history', sentAt: old, fromMe: true })
    expect((await chat()).unreadCount).toBe(1)
  })

  test('from the owner’s phone is an operator’s, has gone out, and means that the chat was read', async () => {
    await one.inbound({ text: 'hola' })
    await one.inbound({ text: 'buenas', fromMe: true, pushName: 'Dueña' })
    const { messages } = await one.services.messages.ofChat(1, juan, { limit: 10 })
    expect(messages[1]).toMatchObject({ direction: 'outgoing', author: 'operator', status: 'sent' })
    expect(await chat()).toMatchObject({ unreadCount: 0, messageCount: 2, name: 'Juan' })
    expect((await eventNames(one)).at(-1)).toBe('message.sent')
  })

  test('in a group has no customer and no conversation, but is told', async () => {
    const group = '120363041234567890@g.us'
    await one.inbound({ group, text: 'hola a todos', participant: lid })
    expect(await chat(group)).toMatchObject({ kind: 'group', messageCount: 1, unreadCount: 1, phone: null })
    expect(await eventNames(one)).toEqual(['message.received'])
  })

  test('that comes twice is stored, counted and told once', async () => {
    const twice = { waId: 'SAME', text: 'hola' }
    await one.inbound(twice)
    await one.inbound(twice)
    await Promise.all([one.inbound(twice), one.inbound(twice)])
    expect(await texts(one)).toEqual(['hola'])
    expect(await chat()).toMatchObject({ messageCount: 1, unreadCount: 1 })
    expect((await eventNames(one)).filter((name) => name === 'message.received')).toHaveLength(1)
  })

  test('with the id of another chat’s message is a message of its own', async () => {
    await one.inbound({ waId: 'SAME', text: 'de Juan' })
    await one.inbound({ waId: 'SAME', text: 'de Ana', phone: '5491123456789' })
    expect(await texts(one)).toEqual(['de Juan'])
    expect(await texts(one, '5491123456789')).toEqual(['de Ana'])
  })

  test('of any characters is kept as it is', async () => {
    const hostile = "'; drop table messages; -- \u0000 \u202E {{7*7}} <script> 👩‍👩‍👧 ".repeat(500)
    await one.inbound({ text: hostile, pushName: "Robert'); --" })
    expect(await texts(one)).toEqual([hostile])
    expect((await chat()).name).toBe("Robert'); --")
  })

  test('is told as an event of the same transaction: there is neither without the other', async () => {
    const batch = [{ text: 'good' }, { text: 'bad', kind: null as unknown as 'text' }]
    await expect(
      one.services.inbox.messages(
        1,
        batch.map((part, n) => ({
          chat: { kind: 'person', phone, lid: null, group: null },
          waId: `B${n}`,
          fromMe: false,
          participant: null,
          pushName: null,
          kind: 'text',
          details: null,
          sentAt: clock.now(),
          origin: 'live',
          proto: null,
          ...part,
        })),
      ),
    ).rejects.toThrow(/NOT NULL/)
    expect(await eventNames(one)).toEqual([])
    expect((await one.services.chats.list(1, { offset: 0, limit: 10 })).total).toBe(0)
  })
})

describe('a person', () => {
  test('who writes under a LID and then with the number stays one chat, shown by the number', async () => {
    await one.inbound({ lid, text: 'uno' })
    expect((await chat(lid)).jid).toBe(lid)
    await one.inbound({ lid, phone, text: 'dos' })
    await one.inbound({ phone, text: 'tres' })
    expect(await chat()).toEqual(await chat(lid))
    expect(await chat()).toMatchObject({ jid: juan, phone, messageCount: 3 })
    expect(await texts(one)).toEqual(['uno', 'dos', 'tres'])
    expect((await one.services.chats.list(1, { offset: 0, limit: 10 })).total).toBe(1)
    expect((await eventNames(one)).filter((name) => name === 'customer.created')).toHaveLength(1)
  })

  test('who writes with the number and then under the LID too stays one chat', async () => {
    await one.inbound({ phone, text: 'uno' })
    await one.inbound({ lid, phone, text: 'dos' })
    await one.inbound({ lid, text: 'tres' })
    expect(await texts(one)).toEqual(['uno', 'dos', 'tres'])
  })

  test('who takes another name is renamed, and that is told once', async () => {
    await one.inbound({ pushName: 'Juan' })
    await one.inbound({ pushName: 'Juan' })
    expect(await eventNames(one)).not.toContain('customer.updated')
    await one.inbound({ pushName: 'Juancho' })
    await one.inbound({ pushName: 'Juancho' })
    await one.inbound({ pushName: null })
    expect((await chat()).name).toBe('Juancho')
    expect((await eventNames(one)).filter((name) => name === 'customer.updated')).toHaveLength(1)
  })

  test('is called by the address book before the own name', async () => {
    await one.inbound({ pushName: 'Juancho' })
    const address = { kind: 'person', phone, lid: null, group: null } as const
    await one.services.inbox.names(1, [{ chat: address, name: 'Juan Pérez', pushName: null }])
    expect((await chat()).name).toBe('Juan Pérez')
  })

  test('of the address book alone is neither a chat nor a customer, and is called by it once they write', async () => {
    const before = (await eventsOf(one)).length
    const address = { kind: 'person', phone, lid, group: null } as const
    await one.services.inbox.names(1, [
      { chat: address, name: 'Juan Pérez', pushName: null },
      {
        chat: { kind: 'group', phone: null, lid: null, group: '1203630412@g.us' },
        name: 'G',
        pushName: null,
      },
    ])
    expect((await eventsOf(one)).length).toBe(before)
    expect((await one.services.chats.list(1, { offset: 0, limit: 10 })).total).toBe(0)
    expect((await one.services.customers.list(1, { offset: 0, limit: 10 })).total).toBe(0)
    await one.inbound({ lid, pushName: 'juancito' })
    expect(await chat(lid)).toMatchObject({ name: 'Juan Pérez', messageCount: 1 })
    expect(await eventNames(one)).toContain('customer.created')
  })
})

describe('the bot’s switch of a new chat', () => {
  beforeEach(() => one.services.settings.update(1, { botNewChats: true }))

  test('is on where a customer begins it', async () => {
    await one.inbound({})
    expect((await chat()).botEnabled).toBe(true)
  })

  test('is off where the owner begins it, and stays off when the customer answers', async () => {
    await one.inbound({ fromMe: true })
    await one.inbound({})
    expect((await chat()).botEnabled).toBe(false)
  })

  test('is off in a group', async () => {
    await one.inbound({ group: '120363041234567890@g.us' })
    expect((await chat('120363041234567890@g.us')).botEnabled).toBe(false)
  })
})

describe('a receipt', () => {
  test('brings a sent message forward, with its events, and is no news twice', async () => {
    const id = await send(one, 'hola')
    await one.services.inbox.receipts(1, [])
    const { waId } = await message(one, id)
    const receipt = (status: 'delivered' | 'read') =>
      one.services.inbox.receipts(1, [{ waIds: [waId, 'UNKNOWN'], status, at: clock.now() }])
    await receipt('read')
    await receipt('delivered')
    await receipt('read')
    expect(await message(one, id)).toMatchObject({ status: 'read' })
    const statuses = (await eventsOf(one))
      .filter(({ name }) => name === 'message.status')
      .map(({ data }) => (data as { status: string }).status)
    expect(statuses.filter((status) => status === 'read')).toHaveLength(1)
    expect(statuses).not.toContain('delivered')
  })

  test('that comes before the ack proves the arrival: nothing is sent again', async () => {
    let finish: () => void = () => undefined
    one.line.answer = () => new Promise((resolve) => (finish = () => resolve({ kind: 'unconfirmed' })))
    const id = await send(one, 'hola')
    const { waId } = await message(one, id)
    await expect.poll(() => one.line.sent.length).toBe(1)
    await one.services.inbox.receipts(1, [{ waIds: [waId], status: 'delivered', at: clock.now() }])
    finish()
    await expect.poll(async () => (await one.services.status.report(1)).outbox.waiting).toBe(0)
    one.line.become({ kind: 'open', since: clock.now() })
    expect(await message(one, id)).toMatchObject({ status: 'delivered', reason: null })
    expect(one.line.sent).toHaveLength(1)
    expect((await eventNames(one)).filter((name) => name === 'message.sent')).toHaveLength(1)
  })
})

describe('the status of the account', () => {
  const at = new Date(0)
  const status = async () => (await one.services.accounts.get(1)).status
  const become = async (state: ConnectionState) => {
    await one.services.inbox.connection(1, state)
    return status()
  }
  const waiting = (reason: CloseReason): ConnectionState => ({
    kind: 'waiting',
    attempt: 1,
    until: at,
    reason,
  })
  const closed = (reason: CloseReason): ConnectionState => ({ kind: 'closed', since: at, reason })
  const pairing: ConnectionState = { kind: 'pairing', qr: 'x', until: at, pairingCode: null }

  /** From connected. */
  const afterwards = {
    starting: [{ kind: 'starting' }, 'connected'],
    connecting: [{ kind: 'connecting', attempt: 1 }, 'connected'],
    pairing: [pairing, 'pending'],
    open: [{ kind: 'open', since: at }, 'connected'],
    waiting: [waiting('connection_lost'), 'disconnected'],
    closed: [closed('stopped'), 'disconnected'],
  } satisfies Record<ConnectionState['kind'], [ConnectionState, AccountStatus]>

  test.each(Object.values(afterwards) as [ConnectionState, AccountStatus][])(
    'after %j is %s',
    async (state, expected) => {
      expect(await become(state)).toBe(expected)
    },
  )

  test('is restricted while WhatsApp bans or locks it', async () => {
    expect(await become(closed('banned'))).toBe('restricted')
    await become({ kind: 'open', since: at })
    expect(await become(closed('locked'))).toBe('restricted')
  })

  test('is logged out from when the phone removed the device until a phone links it again', async () => {
    expect(await become(waiting('logged_out'))).toBe('logged_out')
    expect(await become(pairing)).toBe('logged_out')
    expect(await become(waiting('unreachable'))).toBe('logged_out')
    await expect(send(one, 'hola')).rejects.toMatchObject({
      code: 'not_connected',
      message: expect.stringContaining('logged out'),
    })
    expect(await become({ kind: 'open', since: at })).toBe('connected')
  })

  test('is told once per change, with the reason', async () => {
    await become(waiting('connection_lost'))
    await become(waiting('timed_out'))
    await become({ kind: 'connecting', attempt: 2 })
    await become({ kind: 'open', since: at })
    const told = (await eventsOf(one))
      .filter(({ name }) => name === 'account.updated')
      .map(({ data }) => data)
    expect(told.slice(1)).toEqual([
      { status: 'disconnected', reason: 'connection_lost' },
      { status: 'connected', reason: null },
    ])
  })

  test('after an end without a goodbye is not connected until its line says so', async () => {
    const { accounts } = one.services
    await accounts.forgetConnections()
    await accounts.forgetConnections()
    expect((await accounts.get(1)).status).toBe('disconnected')
    expect(await become({ kind: 'open', since: at })).toBe('connected')
    const told = (await eventsOf(one)).map(({ data }) => data)
    expect(told).toEqual([
      { status: 'connected', reason: null },
      { status: 'disconnected', reason: 'stopped' },
      { status: 'connected', reason: null },
    ])
    await become(waiting('logged_out'))
    await accounts.forgetConnections()
    expect((await accounts.get(1)).status).toBe('logged_out')
  })

  test('before the first linking stays pending, whatever happens to the connection', async () => {
    one = await app({ linked: false, clock })
    for (const state of [waiting('unreachable'), pairing, waiting('logged_out'), closed('stopped')]) {
      expect(await become(state)).toBe('pending')
    }
    expect(await eventsOf(one)).toEqual([])
  })
})

test('the number is stored when it is new, and the moment with it', async () => {
  one = await app({ linked: false, clock })
  const { inbox, accounts } = one.services
  await inbox.identified(1, { phone: '5491138620812', lid: null })
  const linkedAt = clock.now()
  clock.advance(1000)
  await inbox.identified(1, { phone: '5491138620812', lid: null })
  expect(await accounts.get(1)).toMatchObject({ phone: '5491138620812', lid: null, linkedAt })
  await inbox.identified(99, { phone: '1', lid: null })
})

test('a sent message is known to the connection, for a device that asks for it again', async () => {
  const id = await send(one, 'otra vez')
  const { waId } = await message(one, id)
  expect(await one.services.inbox.sentContent(1, waId)).toEqual({
    kind: 'text',
    text: 'otra vez',
    details: null,
  })
  expect(await one.services.inbox.sentContent(1, 'NOBODY')).toBeUndefined()
})

test('a LID and a number that come again while they go to the disk are acknowledged once they are on it', async () => {
  let isThere = () => {}
  const disk = vi
    .spyOn(diskWorker, 'flush')
    .mockImplementation(() => new Promise((resolve) => (isThere = resolve)))
  onTestFinished(() => disk.mockRestore())
  const learn = () => one.services.inbox.mappings(1, [{ lid, phone }], clock.now())
  const first = learn()
  const stored = async () => (await countRows(one.store.read, 'lid_mappings')) > 0
  await until('it can be read', stored)
  const again = learn()
  expect(await settled(again)).toBe(false)
  isThere()
  await Promise.all([first, again])
})
