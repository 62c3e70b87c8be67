import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Change, IncomingChange } from '../../../src/core/messages/incoming.ts'
import { findBotChat } from '../../../src/features/chats/queries/bot-chats.ts'
import type { TestApp } from '../../support/app.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, app, eventsOf, incomingChange, juan, lid, texts } from '../fixture.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const clock = new HandClock()
const phone = '5491112345678'
const group = '120363041234567890@g.us'
let one: TestApp
let made = 0

beforeEach(async () => {
  one = await app({ clock })
})

const change = (by: string[], what: Change, at = clock.now()): IncomingChange => {
  const chat = { kind: 'group', phone: null, lid: null, group } as const
  return incomingChange(what, { chat, waId: `C${++made}`, by, at })
}
const take = (...changes: IncomingChange[]) => one.services.inbox.messages(1, changes)
const target = { waId: 'G1', fromMe: false, participant: '111111111@lid' }
const mergesOf = async () => (await eventsOf(one)).filter(({ name }) => name === 'customer.merged')

test('a group message that names both addresses unites the two chats with its author', async () => {
  await one.inbound({ phone, text: 'uno' })
  await one.inbound({ lid, text: 'dos' })
  await one.inbound({ group, participant: lid, participantAlt: juan })
  expect((await texts(one)).toSorted()).toEqual(['dos', 'uno'])
  expect(await mergesOf()).toHaveLength(1)
  expect(await contradictionsIn(one.store)).toEqual([])
})

test('a reaction that names both addresses unites the two chats with its author', async () => {
  await one.inbound({ phone, text: 'uno' })
  await one.inbound({ lid, text: 'dos' })
  await take(change([lid, juan], { kind: 'reaction', target, emoji: '👍' }))
  expect((await texts(one)).toSorted()).toEqual(['dos', 'uno'])
  expect(await mergesOf()).toHaveLength(1)
})

describe('annotations of one person under both addresses', () => {
  const learn = () => one.services.inbox.mappings(1, [{ lid, phone }], clock.now())
  const marks = async () => {
    const { messages } = await one.services.messages.ofChat(1, group, { limit: 1 })
    return messages.map(({ reactions, votes }) => ({
      reactions: reactions.map(({ emoji, participant }) => [emoji, participant]),
      votes: votes.map(({ options, participant }) => [options, participant]),
    }))[0]
  }
  const react = (by: string[], emoji: string, ms: number) =>
    take(change(by, { kind: 'reaction', target, emoji }, new Date(1_700_000_000_000 + ms)))
  const vote = (by: string[], option: string, ms: number) => {
    const chosen = [createHash('sha256').update(option).digest('hex')]
    return take(change(by, { kind: 'vote', target, vote: { chosen } }, new Date(1_700_000_000_000 + ms)))
  }
  const poll = { question: '¿Cuándo?', options: ['Lunes', 'Martes'], selectable: 1 }

  beforeEach(async () => {
    const details = { poll, secret: Buffer.alloc(32, 9).toString('base64') }
    await one.inbound({ group, waId: 'G1', participant: '111111111@lid', kind: 'poll', text: '', details })
  })

  test.each([
    { whose: 'the number’s', byLid: 1, byPhone: 2, emoji: '❤️', option: 'Martes' },
    { whose: 'the LID’s', byLid: 2, byPhone: 1, emoji: '👍', option: 'Lunes' },
  ])('become the newest one, $whose, as soon as that is known', async ({ byLid, byPhone, emoji, option }) => {
    await react([lid], '👍', byLid)
    await react([juan], '❤️', byPhone)
    await vote([lid], 'Lunes', byLid)
    await vote([juan], 'Martes', byPhone)
    expect((await marks())?.reactions).toHaveLength(2)
    for (let time = 0; time < 2; time++) {
      await learn()
      expect(await marks()).toEqual({ reactions: [[emoji, juan]], votes: [[[option], juan]] })
    }
  })

  test('are one from the beginning where that is known, and withdrawn together', async () => {
    await learn()
    await react([juan], '👍', 1)
    await react([lid], '🙏', 2)
    expect((await marks())?.reactions).toEqual([['🙏', juan]])
    await react([juan], '👍', 1)
    await react([juan], '', 3)
    expect((await marks())?.reactions).toEqual([])
  })

  test('stay with their author when the number goes to another person', async () => {
    await learn()
    await react([juan], '👍', 1)
    clock.advance(1000)
    await one.services.inbox.mappings(1, [{ lid: '222222222@lid', phone }], clock.now())
    await react([juan], '❤️', 2)
    expect((await marks())?.reactions).toEqual([
      ['👍', lid],
      ['❤️', juan],
    ])
  })

  test('are erased with the customer, together with those that wait for their message', async () => {
    await one.inbound({ lid, phone, text: 'soy yo' })
    await react([juan], '👍', 1)
    await react(['111111111@lid'], '❤️', 1)
    await vote([lid], 'Lunes', 1)
    await take(
      change([lid], { kind: 'reaction', target: { ...target, waId: 'never' }, emoji: '👍' }),
      change(['111111111@lid'], { kind: 'reaction', target: { ...target, waId: 'never' }, emoji: '👍' }),
    )
    const [customer] = (await one.services.customers.list(1, { limit: 1, offset: 0 })).customers
    await one.services.customers.erase(1, customer?.id ?? 0)
    expect(await marks()).toEqual({ reactions: [['❤️', '111111111@lid']], votes: [] })
    const waiting = await rowsOf(one.store.read, 'early_changes')
    expect(waiting.map(({ incoming }) => incoming.includes(lid))).toEqual([false])
  })

  test('may be edited by the other address of a person who wrote by one', async () => {
    await one.inbound({ group, waId: 'G2', participant: juan, text: 'hoal' })
    const own = { ...target, waId: 'G2', participant: juan }
    await take(change([lid], { kind: 'edit', target: own, text: 'nada' }))
    await learn()
    await take(change([lid], { kind: 'edit', target: own, text: 'hola' }))
    expect((await texts(one, group)).at(-1)).toBe('hola')
  })
})

test('the newest reaction stays under a message that was in both chats of a person', async () => {
  const mine = { waId: 'OUT1', fromMe: true, participant: null }
  const react = (address: { phone: string | null; lid: string | null }, emoji: string, ms: number) => {
    const at = new Date(1_700_000_000_000 + ms)
    const made = change([], { kind: 'reaction', target: mine, emoji }, at)
    return take({ ...made, chat: { kind: 'person', group: null, ...address } })
  }
  await one.inbound({ phone, waId: 'OUT1', fromMe: true })
  await one.inbound({ lid, waId: 'OUT1', fromMe: true })
  await react({ phone, lid: null }, '👍', 1)
  await react({ phone: null, lid }, '❤️', 2)
  await one.services.inbox.mappings(1, [{ lid, phone }], clock.now())
  const { messages } = await one.services.messages.ofChat(1, juan, { limit: 5 })
  expect(messages.map(({ reactions }) => reactions.map(({ emoji }) => emoji))).toEqual([['❤️']])
})

test('annotations are found by their author through an index', async () => {
  for (const table of ['reactions', 'poll_votes']) {
    const { rows } = await sql<{ detail: string }>`explain query plan delete from ${sql.table(table)}
      where person = ${lid} and person <> 'me' and person <> 'customer'`.execute(one.store.read)
    expect(rows.map(({ detail }) => detail).join()).toContain(`${table}_person`)
  }
})

describe('consent to advertising of two customers who are one', () => {
  const said = async (address: string, accepts: boolean) => {
    clock.advance(1000)
    if (!accepts) return one.inbound({ ...addressOf(address), text: 'BAJA' })
    const { customers } = await one.services.customers.list(1, { limit: 5, offset: 0 })
    const id = customers.find((each) => (address === lid ? each.lid === lid : each.phone === phone))?.id
    await one.services.customers.update(1, id ?? 0, { acceptsMarketing: true })
  }
  const addressOf = (address: string) => (address === lid ? { lid } : { phone })
  const merged = async () => {
    await one.services.inbox.mappings(1, [{ lid, phone }], clock.now())
    const { customers } = await one.services.customers.list(1, { limit: 5, offset: 0 })
    const chat = await one.services.chats.get(1, juan)
    const state = await findBotChat(one.store.read, chat.id)
    return customers.map(({ acceptsMarketing }) => [acceptsMarketing, state?.optedOut ?? false])
  }

  beforeEach(async () => {
    await one.inbound({ phone })
    await one.inbound({ lid })
  })

  test('is withdrawn by a no that came after the yes of the other', async () => {
    await said(juan, true)
    await said(lid, false)
    expect(await merged()).toEqual([[false, true]])
  })

  test('is given by a yes that came after a no', async () => {
    await said(lid, false)
    await said(juan, true)
    expect(await merged()).toEqual([[true, false]])
  })

  test('follows the only word', async () => {
    await said(lid, true)
    expect(await merged()).toEqual([[true, false]])
  })

  test('is withdrawn by a no that was entered, also where it changed nothing', async () => {
    await said(juan, true)
    clock.advance(1000)
    const { customers } = await one.services.customers.list(1, { limit: 5, offset: 0 })
    const other = customers.find((each) => each.lid === lid)
    await one.services.customers.update(1, other?.id ?? 0, { acceptsMarketing: false })
    expect(await merged()).toEqual([[false, false]])
  })

  test.each([
    [[1, 0], false],
    [[1, 1], true],
  ] as const)('without known times, of %j makes %s', async ([a, b], accepts) => {
    const set = (id: number, value: 0 | 1) =>
      one.store.write((trx) =>
        trx.updateTable('customers').set({ accepts_marketing: value }).where('id', '=', id).execute(),
      )
    await set(1, a)
    await set(2, b)
    expect(await merged()).toEqual([[accepts, false]])
  })
})
