import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  findBotChat,
  setHuman,
  setOptedOut,
  setSummary,
} from '../../../src/features/chats/queries/bot-chats.ts'
import { insertTurn, openTurns } from '../../../src/features/bot/queries/turns.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, app, caller, eventNames, eventsOf, juan, lid, send, sendNow, texts } from '../fixture.ts'

const clock = new HandClock()
const phone = '5491112345678'
const otherLid = '987654321098765@lid'
const otherPhone = '5491187654321'
let one: TestApp

beforeEach(async () => {
  one = await app({ clock })
})

const chat = (address = juan) => one.services.chats.get(1, address)
const customers = async () => (await one.services.customers.list(1, { limit: 50, offset: 0 })).customers
const learn = (pair = { lid, phone }, seenAt = clock.now()) => one.services.inbox.mappings(1, [pair], seenAt)
const total = async () => (await one.services.chats.list(1, { offset: 0, limit: 10 })).total
const mergesOf = async () => (await eventsOf(one)).filter(({ name }) => name === 'customer.merged')

async function sound(): Promise<void> {
  expect(await contradictionsIn(one.store)).toEqual([])
}

async function writeBoth(first: 'phone' | 'lid'): Promise<void> {
  const order = first === 'phone' ? [{ phone }, { lid }] : [{ lid }, { phone }]
  for (const [index, address] of order.entries()) {
    for (const text of ['a', 'b', 'c']) {
      clock.advance(1000)
      await one.inbound({ ...address, text: `${index}${text}`, pushName: `Juan ${index}` })
    }
  }
}

describe('one person in two chats', () => {
  test('who got one message in both, and a reaction to it, shows the message as the last one', async () => {
    await one.inbound({ phone, waId: 'TWIN', text: 'hola' })
    await one.inbound({ lid, waId: 'TWIN', text: 'hola' })
    clock.advance(1000)
    const [message] = (await one.services.messages.ofChat(1, juan, { limit: 1 })).messages
    if (!message) throw new Error('the message is missing')
    await one.services.messageActions.react(caller, { id: message.id }, '👍')
    await learn()
    expect(await chat()).toMatchObject({ messageCount: 1, lastMessage: { text: 'hola' } })
  })

  test.each(['phone', 'lid'] as const)(
    'met by %s first has one chat as soon as that is known',
    async (first) => {
      await writeBoth(first)
      expect(await total()).toBe(2)
      await learn()
      expect(await total()).toBe(1)
      expect(await texts(one)).toEqual(['0a', '0b', '0c', '1a', '1b', '1c'])
      expect(await chat(lid)).toEqual(await chat())
      expect(await chat()).toMatchObject({
        jid: juan,
        phone,
        messageCount: 6,
        unreadCount: 6,
        name: 'Juan 1',
        lastMessage: { text: '1c' },
      })
      expect(await customers()).toMatchObject([{ phone, lid, conversationCount: 1 }])
      const [merge, ...more] = await mergesOf()
      expect(more).toEqual([])
      expect(merge?.data).toEqual({ customerId: 1, mergedCustomerId: 2 })
      expect((await one.services.customers.get(1, 2)).id).toBe(1)
      expect(await one.services.conversations.get(1, 2)).toMatchObject({ id: 1, messageCount: 6 })
      expect(
        (await one.services.messages.ofConversation(1, 2, { limit: 10, offset: 0 })).messages,
      ).toHaveLength(6)
      await sound()
    },
  )

  test('is found by a message that names both addresses, and repetition changes nothing', async () => {
    await writeBoth('lid')
    await one.inbound({ lid, phone, text: 'ambos' })
    expect(await total()).toBe(1)
    const log = (await eventsOf(one)).length
    await learn()
    await learn()
    expect((await eventsOf(one)).length).toBe(log)
    await one.inbound({ phone, text: 'otra' })
    await one.inbound({ lid, text: 'y otra' })
    expect(await chat()).toMatchObject({ messageCount: 9 })
    await sound()
  })

  test('has one chat from the beginning where the mapping is known before', async () => {
    await learn()
    await one.inbound({ lid })
    await one.inbound({ phone })
    expect(await chat()).toMatchObject({ jid: juan, messageCount: 2 })
    expect(await customers()).toHaveLength(1)
    await sound()
  })

  test('is the customer who was entered by hand and writes under a LID', async () => {
    const made = await one.services.customers.create(1, {
      phone,
      name: 'Juan Pérez',
      tags: ['vip'],
      notes: 'ojo',
    })
    await one.inbound({ lid, pushName: 'juancito' })
    await learn()
    expect(await customers()).toMatchObject([
      { id: made.id, name: 'Juan Pérez', pushName: 'juancito', tags: ['vip'], notes: 'ojo', phone, lid },
    ])
    expect(await chat()).toMatchObject({ name: 'Juan Pérez' })
    expect((await one.services.customers.list(1, { search: 'juancito', limit: 5, offset: 0 })).total).toBe(1)
    await sound()
  })

  test('has one copy of a message that was in both, and either id finds it', async () => {
    const id = await send(one, 'hola')
    const { waId } = await one.services.messages.get(1, id)
    await one.inbound({ lid, waId, fromMe: true, text: 'hola', origin: 'history' })
    await one.inbound({ lid, waId: 'IN', text: 'buenas' })
    await one.inbound({ phone, waId: 'IN', text: 'buenas' })
    await learn()
    expect((await texts(one)).toSorted()).toEqual(['buenas', 'hola'])
    for (const other of [id, 2, 3, 4]) expect((await one.services.messages.get(1, other)).chatJid).toBe(juan)
    expect(await one.services.messages.get(1, id)).toMatchObject({ id, author: 'api', origin: 'api' })
    await sound()
  })

  test('keeps its order and loses nothing while more is coming in', async () => {
    const writing = Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const address = n % 2 === 0 ? { phone } : { lid }
        await one.inbound({ ...address, text: `m${n}` })
        if (n === 31) await learn()
      }),
    )
    const sending = Promise.all(
      Array.from({ length: 10 }, (_, n) => send(one, `s${n}`, n % 2 === 0 ? juan : lid)),
    )
    await Promise.all([writing, sending])
    const all = (await texts(one)).toSorted()
    expect(all).toEqual(
      [
        ...Array.from({ length: 60 }, (_, n) => `m${n}`),
        ...Array.from({ length: 10 }, (_, n) => `s${n}`),
      ].toSorted(),
    )
    await until('all are sent', async () => (await one.services.status.report(1)).outbox.waiting === 0)
    expect(one.line.sent.map(({ text }) => text).toSorted()).toEqual(
      Array.from({ length: 10 }, (_, n) => `s${n}`).toSorted(),
    )
    await sound()
  })

  test('keeps what an operator entered on either side', async () => {
    await writeBoth('lid')
    const [byPhone, byLid] = await customers()
    await one.services.customers.update(1, byLid!.id, {
      tags: ['a', 'b'],
      customFields: { x: 1, y: 1 },
      email: 'j@x.es',
    })
    await one.services.customers.update(1, byPhone!.id, {
      tags: ['b', 'c'],
      customFields: { y: 2, z: 2 },
      company: 'X',
      acceptsMarketing: true,
    })
    await learn()
    expect(await customers()).toMatchObject([
      {
        tags: ['a', 'b', 'c'],
        customFields: { x: 1, y: 1, z: 2 },
        email: 'j@x.es',
        company: 'X',
        acceptsMarketing: true,
      },
    ])
  })
})

describe('a chat that two disagreeing chats become', () => {
  const both = async () => {
    await writeBoth('lid')
    return { byLid: await chat(lid), byPhone: await chat() }
  }

  test('a chat that joins two disagreeing chats', async () => {
    const { byLid, byPhone } = await both()
    await one.services.chats.update(1, lid, { botEnabled: true })
    await one.services.chats.update(1, juan, { untouchable: true })
    const later = new Date(clock.now().getTime() + 60_000)
    await one.store.write(async (trx) => {
      await setHuman(trx, byLid, { until: later, operator: 1, conversationId: 2 })
      await setHuman(trx, byPhone, { until: clock.now(), operator: 1, conversationId: 1 })
      await setOptedOut(trx, byPhone, clock.now())
      await setSummary(trx, byLid, { text: 'uno', through: 1 })
      await setSummary(trx, byPhone, { text: 'dos', through: 4 })
    })
    await learn()
    expect(await chat()).toMatchObject({ untouchable: true, botEnabled: false })
    const state = await findBotChat(one.store.read, byPhone.id)
    expect(state).toMatchObject({ optedOut: true, humanUntil: later })
    await sound()
  })

  test('keeps the instruction, and the bot that was told to write', async () => {
    const { byPhone } = await both()
    await one.store.write((trx) =>
      trx
        .updateTable('chats')
        .set({ instruction: 'cobra', bot_enabled: 1 })
        .where('id', '=', byPhone.id)
        .execute(),
    )
    await learn()
    expect(await chat(lid)).toMatchObject({ instruction: 'cobra', botEnabled: true })
  })

  test('keeps the bot on where the other chat is an entry of the address book', async () => {
    await one.inbound({ lid })
    await one.services.chats.update(1, lid, { botEnabled: true })
    await one.services.inbox.names(1, [
      { chat: { kind: 'person', phone, lid: null, group: null }, name: 'J', pushName: null },
    ])
    await learn()
    expect(await chat()).toMatchObject({ botEnabled: true, name: 'J' })
  })

  test('has one turn for what the bot was about to do', async () => {
    const { byLid, byPhone } = await both()
    const at = clock.now()
    const turn = { accountId: 1, kind: 'reply', openedAt: at, dueAt: at } as const
    await one.store.write(async (trx) => {
      await insertTurn(trx, { ...turn, chatId: byLid.id, messageId: 1 })
      await insertTurn(trx, { ...turn, chatId: byPhone.id, messageId: 4 })
      await trx.updateTable('bot_turns').set({ state: 'running' }).execute()
    })
    await learn()
    const { id } = await chat()
    const { collecting, running } = await openTurns(one.store.read, id)
    expect(running).toMatchObject({ firstMessageId: 1 })
    expect(collecting).toMatchObject({ firstMessageId: 4, aborts: 1 })
  })
})

describe('a message that is on its way', () => {
  test('is sent once when its chat is merged into another one meanwhile, and what follows keeps its order', async () => {
    const sentTo: string[] = []
    let goOn: () => void = () => undefined
    const held = new Promise<void>((resolve) => (goOn = resolve))
    one.line.answer = async ({ jid, text }) => {
      sentTo.push(`${text} ${jid}`)
      if (text !== 'tercero') await held
      return { kind: 'sent', jid }
    }
    await one.inbound({ lid })
    await one.inbound({ lid })
    await send(one, 'primero')
    await send(one, 'segundo', lid)
    await until('both are on their way', () => sentTo.length === 2)
    await learn()
    await send(one, 'tercero')
    goOn()
    await until('the third has gone', () => sentTo.length === 3)
    expect(sentTo).toEqual([`primero ${juan}`, `segundo ${lid}`, `tercero ${juan}`])
    await until(
      'all are sent',
      async () => (await eventNames(one)).filter((name) => name === 'message.sent').length === 3,
    )
    await one.services.inbox.receipts(1, [])
    await sound()
  })
})

describe('a number', () => {
  test('that changes leaves the person the chat', async () => {
    await one.inbound({ lid, phone, text: 'antes' })
    clock.advance(1000)
    await one.inbound({ lid, phone: otherPhone, text: 'después' })
    expect(await total()).toBe(1)
    expect(await chat(lid)).toMatchObject({ phone: otherPhone, jid: `${otherPhone}@s.whatsapp.net` })
    expect(await texts(one)).toEqual(['antes', 'después'])
    expect(await customers()).toMatchObject([{ phone: otherPhone, lid }])
    await sound()
  })

  test('that goes to another person brings nothing of its former owner', async () => {
    await one.inbound({ lid, phone, text: 'secreto' })
    clock.advance(1000)
    await one.inbound({ lid: otherLid, phone, text: 'soy otro', pushName: 'Ana' })
    expect(await texts(one)).toEqual(['soy otro'])
    expect(await texts(one, lid)).toEqual(['secreto'])
    expect(await chat(lid)).toMatchObject({ phone: null, jid: lid })
    expect(await customers()).toMatchObject([
      { phone, lid: otherLid },
      { phone: null, lid },
    ])
    await one.inbound({ lid, text: 'sigo aquí' })
    await one.inbound({ phone, text: 'y yo' })
    expect(await texts(one, lid)).toEqual(['secreto', 'sigo aquí'])
    expect(await texts(one, otherLid)).toEqual(['soy otro', 'y yo'])
    expect(await mergesOf()).toEqual([])
    await sound()
  })

  test('is not given back by an old message of its former owner', async () => {
    await one.inbound({ lid, phone, text: 'uno' })
    clock.advance(60_000)
    await one.inbound({ lid: otherLid, phone, text: 'soy otro' })
    const sentAt = new Date(clock.now().getTime() - 30_000)
    await one.inbound({ lid, phone, text: 'viejo', origin: 'history', sentAt })
    await learn({ lid, phone }, sentAt)
    expect((await texts(one, lid)).toSorted()).toEqual(['uno', 'viejo'])
    expect(await chat()).toMatchObject({ messageCount: 1, lastMessage: { text: 'soy otro' } })
    await sound()
  })

  test.each([
    ['Argentina', '541112345678', phone],
    ['Brazil', '551187654321', '5511987654321'],
    ['Mexico', '525512345678', '5215512345678'],
  ])(
    'of %s in both spellings is one chat once WhatsApp has answered which it is',
    async (_, typed, known) => {
      const [typedJid, knownJid] = [`${typed}@s.whatsapp.net`, `${known}@s.whatsapp.net`]
      one.line.answer = ({ jid }) => ({ kind: 'sent', jid: jid === typedJid ? knownJid : jid })
      await one.inbound({ phone: known, lid, text: 'hola' })
      await sendNow(one, { to: [typedJid], text: 'buenas' })
      await until('it is one', async () => (await total()) === 1)
      expect((await texts(one, typedJid)).toSorted()).toEqual(['buenas', 'hola'])
      expect(await chat(typedJid)).toMatchObject({ jid: knownJid, phone: known })
      expect(await chat(typedJid)).toEqual(await chat(lid))
      expect(await customers()).toMatchObject([{ phone: known, lid }])
      await sound()
    },
  )
})

test('a new name in the address book is told as an event, and the first name of a person is not', async () => {
  const name = (called: string) =>
    one.services.inbox.names(1, [
      { chat: { kind: 'person', phone, lid: null, group: null }, name: called, pushName: null },
    ])
  await one.inbound({ pushName: 'juancito' })
  await name('Juan')
  expect(await eventNames(one)).not.toContain('customer.updated')
  await name('Juan Dentista')
  await name('Juan Dentista')
  expect((await eventNames(one)).filter((each) => each === 'customer.updated')).toHaveLength(1)
  expect(await chat()).toMatchObject({ name: 'Juan Dentista' })
})

test('every table that names a chat, customer, conversation or message is one that a merge knows', async () => {
  const { rows } = await sql<{ name: string }>`
    select m.name || '.' || c.name as name from sqlite_master m join pragma_table_info(m.name) c
    where m.type = 'table' and c.name in ('chat_id', 'customer_id', 'conversation_id', 'message_id')
    order by 1`.execute(one.store.read)
  // A new table must be added to the `merge` of its feature's person-data.ts, and then here.
  expect(rows.map(({ name }) => name)).toEqual([
    'appointments.chat_id',
    'appointments.customer_id',
    'bot_chats.chat_id',
    'bot_transcripts.message_id',
    'bot_turns.chat_id',
    'bot_usage.chat_id',
    'chat_jids.chat_id',
    'chats.customer_id',
    'cold_texts.chat_id',
    'conversations.chat_id',
    'conversations.customer_id',
    'event_answers.message_id',
    'events.chat_id',
    'leads.chat_id',
    'leads.customer_id',
    'messages.chat_id',
    'messages.conversation_id',
    'outbox.chat_id',
    'outbox.message_id',
    'poll_votes.message_id',
    'reactions.message_id',
    'revisions.message_id',
    'tickets.chat_id',
    'tickets.customer_id',
    'undecrypted.chat_id',
    'undecrypted.message_id',
    'webhook_deliveries.chat_id',
  ])
})
