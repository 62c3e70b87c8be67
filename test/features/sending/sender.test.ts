import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { StatusReason } from '../../../src/core/messages/status.ts'
import type { OutgoingMessage, SendOutcome } from '../../../src/core/messages/outgoing.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { turns } from '../../util/turns.ts'
import { HandClock, app, caller, eventNames, juan, message, send, sendNow, texts } from '../fixture.ts'

const hour = 60 * 60_000
const open = { kind: 'open', since: new Date(0) } as const
const lost = { kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' } as const

let clock: HandClock
let one: TestApp

beforeEach(async () => {
  clock = new HandClock()
  one = await app({ clock })
})

const number = (n: number) => `54911123400${String(n).padStart(2, '0')}@s.whatsapp.net`
const becomes = (id: number, status: string) =>
  until(`message ${id} is ${status}`, async () => (await message(one, id)).status === status)
const sentTexts = () => one.line.sent.map(({ text }) => text)
const waiting = async () => (await one.services.status.report(1)).outbox

/** Holds every send until it is let go with an outcome. */
function hold(): { held: (OutgoingMessage & { finish(outcome?: SendOutcome): void })[] } {
  const held: (OutgoingMessage & { finish(outcome?: SendOutcome): void })[] = []
  one.line.answer = (out) =>
    new Promise((resolve) =>
      held.push({ ...out, finish: (outcome = { kind: 'sent', jid: out.jid }) => resolve(outcome) }),
    )
  return { held }
}

describe('a message in the outbox', () => {
  test('is on the disk with its id before it is tried, and is sent under that id', async () => {
    one.line.become(lost)
    const id = await send(one, 'hola')
    const stored = await message(one, id)
    expect(stored).toMatchObject({ status: 'queued', direction: 'outgoing', author: 'api', origin: 'api' })
    expect(one.line.sent).toEqual([])
    one.line.become(open)
    await becomes(id, 'sent')
    expect(one.line.sent).toEqual([
      { waId: stored.waId, jid: juan, kind: 'text', text: 'hola', details: null, firstContact: true },
    ])
    expect(await eventNames(one)).toEqual([
      'customer.created',
      'conversation.created',
      'message.sent',
      'message.status',
    ])
  })

  test('is the last of its chat at once, and leaves nothing unread', async () => {
    one.line.become(lost)
    await send(one, 'hola')
    expect(await one.services.chats.get(1, juan)).toMatchObject({
      messageCount: 1,
      unreadCount: 0,
      lastMessage: { text: 'hola', direction: 'outgoing' },
    })
  })

  test('is no first contact once the customer wrote, or WhatsApp took one', async () => {
    await one.inbound({ phone: '5491123456789' })
    const ids = [await send(one, 'a', '5491123456789@s.whatsapp.net'), await send(one, 'b')]
    for (const id of ids) await becomes(id, 'sent')
    await becomes(await send(one, 'c'), 'sent')
    const first = Object.fromEntries(one.line.sent.map(({ text, firstContact }) => [text, firstContact]))
    expect(first).toEqual({ a: false, b: true, c: false })
  })
})

describe('the order', () => {
  test('of a chat is kept: the next one goes when the one before is through', async () => {
    const { held } = hold()
    const ids: number[] = []
    for (const text of ['one', 'two', 'three']) ids.push(await send(one, text))
    for (const [n, id] of ids.entries()) {
      await until('it is on its way', () => held.length === n + 1)
      await turns()
      expect(held).toHaveLength(n + 1)
      held[n]?.finish()
      await becomes(id, 'sent')
    }
    expect(sentTexts()).toEqual(['one', 'two', 'three'])
  })

  test('of 60 messages over three chats is kept in each', async () => {
    const ids: number[] = []
    for (let n = 0; n < 60; n++) ids.push(await send(one, `${n}`, number(n % 3)))
    for (const id of ids) await becomes(id, 'sent')
    for (const n of [0, 1, 2]) {
      const of = one.line.sent.filter(({ jid }) => jid === number(n)).map(({ text }) => Number(text))
      expect(of).toEqual(Array.from({ length: 20 }, (_, k) => k * 3 + n))
    }
  })

  test('does not bind different chats: they go side by side, 20 at most', async () => {
    const { held } = hold()
    for (let n = 0; n < 25; n++) await send(one, `${n}`, number(n))
    await until('20 are on their way', () => held.length === 20)
    await turns()
    expect(held).toHaveLength(20)
    held[0]?.finish()
    await until('the next one goes', () => held.length === 21)
    for (let n = 0; n < 25; n++) {
      await until('another one is on its way', () => held.length > n)
      held[n]?.finish()
    }
    await until('nothing waits', async () => (await waiting()).waiting === 0)
  })

  test('is not broken by a message that has to wait: no other overtakes it', async () => {
    const outcomes: SendOutcome[] = [{ kind: 'unconfirmed' }]
    one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
    const first = await send(one, 'one')
    const second = await send(one, 'two')
    await until('the first waits', async () => (await waiting()).reason !== null)
    await turns(20)
    expect(sentTexts()).toEqual(['one'])
    one.line.become(open)
    await becomes(first, 'sent')
    await becomes(second, 'sent')
    expect(sentTexts()).toEqual(['one', 'one', 'two'])
  })
})

describe('an outcome', () => {
  test('that is unconfirmed is tried again with the same id and content', async () => {
    const outcomes: SendOutcome[] = [{ kind: 'unconfirmed' }, { kind: 'unconfirmed' }]
    one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
    const id = await send(one, 'hola')
    for (const left of [1, 0]) {
      await until(
        'it waits',
        async () => outcomes.length === left && (await waiting()).reason?.includes('same id'),
      )
      await turns(20)
      one.line.become(open)
    }
    await becomes(id, 'sent')
    expect(one.line.sent).toHaveLength(3)
    expect(new Set(one.line.sent.map((out) => JSON.stringify(out))).size).toBe(1)
    expect((await eventNames(one)).filter((name) => name === 'message.sent')).toHaveLength(1)
  })

  test('that is unconfirmed is tried again by itself when its pause is over', async () => {
    const outcomes: SendOutcome[] = [{ kind: 'unconfirmed' }]
    one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
    const id = await send(one, 'hola')
    await until('it waits', async () => (await waiting()).reason !== null)
    clock.advance(5000)
    // A message to another customer makes the sender look at the clock.
    await send(one, 'otra', number(1))
    await becomes(id, 'sent')
  })

  const refusals = {
    not_on_whatsapp: null,
    no_device: null,
    reachout_locked: '463',
    refused: '479',
  } satisfies Partial<Record<StatusReason, string | null>>

  test.each(Object.entries(refusals) as [StatusReason, string | null][])(
    'that is refused (%s) fails with its reason, is not tried again, and lets the next one pass',
    async (reason, detail) => {
      const outcomes: SendOutcome[] = [{ kind: 'refused', reason, detail }]
      one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
      const failing = await send(one, 'no')
      const next = await send(one, 'sí')
      await becomes(failing, 'failed')
      // WhatsApp says what the refusal meant: nothing is locked.
      clock.advance(1)
      await one.services.inbox.restricted(1, { lock: { active: false, until: null, type: null } })
      await becomes(next, 'sent')
      expect(await message(one, failing)).toMatchObject({ reason, reasonDetail: detail, ackedAt: null })
      expect(sentTexts()).toEqual(['no', 'sí'])
    },
  )

  test('that cannot be stored is not sent again and again while the disk refuses', async () => {
    const file = new Sqlite(join(one.dataDir, 'zaguan.db'))
    onTestFinished(() => void file.close())
    file.exec("create trigger stuck before update on messages begin select raise(abort, 'stuck'); end")
    const id = await send(one, 'hola')
    await until('it went out', () => one.line.sent.length > 0)
    await turns(200)
    expect(one.line.sent.length).toBe(1)
    file.exec('drop trigger stuck')
    await becomes(id, 'sent')
    expect(new Set(one.line.sent.map(({ waId }) => waId)).size).toBe(1)
  })
})

describe('without a connection', () => {
  beforeEach(() => one.line.become(lost))

  test('messages wait, in their order, and go out when it is back', async () => {
    for (const text of ['one', 'two', 'three']) await send(one, text)
    await turns(20)
    expect(one.line.sent).toEqual([])
    expect((await waiting()).waiting).toBe(3)
    one.line.become(open)
    await until('all are out', async () => (await waiting()).waiting === 0)
    expect(sentTexts()).toEqual(['one', 'two', 'three'])
  })

  test('a message that was tried in the moment of its loss says so, and goes out with the next one', async () => {
    one.line.answer = () => ({ kind: 'retry', why: 'not connected' })
    one.line.become(open)
    const id = await send(one, 'hola')
    await until(
      'it waits',
      async () => (await waiting()).reason === 'The account is not connected to WhatsApp.',
    )
    one.line.answer = ({ jid }) => ({ kind: 'sent', jid })
    one.line.become(lost)
    one.line.become(open)
    await becomes(id, 'sent')
  })

  test('a message expires when its time is over, and is not sent any more', async () => {
    const id = await send(one, 'hola')
    clock.advance(24 * hour - 1)
    one.line.become(lost)
    await turns(20)
    expect((await message(one, id)).status).toBe('queued')
    clock.advance(1)
    one.line.become(lost)
    await becomes(id, 'expired')
    expect(await message(one, id)).toMatchObject({ reason: 'expired' })
    one.line.become(open)
    await turns(20)
    expect(one.line.sent).toEqual([])
    expect((await eventNames(one)).at(-1)).toBe('message.status')
    expect(await eventNames(one)).not.toContain('message.sent')
  })
})

test('a message that was on its way when its time ran out, and that WhatsApp took, counts as sent', async () => {
  const { held } = hold()
  const id = await send(one, 'hola')
  await until('it is on its way', () => held.length === 1)
  clock.advance(25 * hour)
  one.line.become(open)
  await turns(20)
  held[0]?.finish()
  await becomes(id, 'sent')
  expect((await waiting()).waiting).toBe(0)
  expect(one.line.sent).toHaveLength(1)
  expect((await eventNames(one)).filter((name) => name === 'message.sent')).toHaveLength(1)
})

test('what an earlier start left in the outbox goes out, under its ids', async () => {
  one.line.become(lost)
  const id = await send(one, 'hola')
  const { waId } = await message(one, id)
  const later = await app({ clock, dataDir: one.dataDir })
  await until('it goes out', () => later.line.sent.length === 1)
  expect(later.line.sent[0]).toMatchObject({ waId, text: 'hola' })
})

describe('no message is accepted', () => {
  const refused = (status: string, words: string) => async () => {
    await expect(send(one, 'hola')).rejects.toMatchObject({
      code: 'not_connected',
      message: expect.stringContaining(words),
    })
    expect(status).toBe((await one.services.accounts.get(1)).status)
    expect((await one.services.chats.list(1, { offset: 0, limit: 1 })).total).toBe(0)
    expect(one.line.sent).toEqual([])
  }

  test('before the first linking', async () => {
    one = await app({ linked: false, clock })
    await refused('pending', 'not linked to WhatsApp yet')()
  })

  test('while WhatsApp bans the account', async () => {
    await one.services.inbox.connection(1, { kind: 'closed', reason: 'banned', since: clock.now() })
    await refused('restricted', 'restricted')()
  })

  test('for an account that does not exist', async () => {
    const request = { to: [juan], text: 'hola' }
    await expect(sendNow(one, request, { ...caller, accountId: 9 })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('without a text', async () => {
    await expect(sendNow(one, { to: [juan] })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  test('for several recipients where one of them cannot be stored: all or none', async () => {
    const request = { to: [juan, 'nobody@nowhere'], text: 'hola' }
    await expect(sendNow(one, request)).rejects.toThrow()
    await turns(20)
    expect(one.line.sent).toEqual([])
    await expect(texts(one)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('at the pace of a person', () => {
  const day = 24 * hour

  beforeEach(async () => {
    one = await app({ clock, pacing: 'careful' })
    // Noon, long after linking.
    const noon = Math.ceil(clock.now().getTime() / day) * day + 10 * day + 12 * hour
    clock.advance(noon - clock.now().getTime())
    one.line.become(open)
  })

  test('one message goes, and the next when its time has come, the answer before the stranger', async () => {
    const { held } = hold()
    const stranger = await send(one, 'a', number(1))
    await until('it is on its way', () => held.length === 1)
    await one.inbound({ phone: '5491112340002' })
    const next = await send(one, 'b', number(3))
    const answer = await send(one, 'c', number(2))
    held[0]?.finish()
    await becomes(stranger, 'sent')
    await turns(20)
    expect(sentTexts()).toEqual(['a'])
    clock.advance(3000)
    one.line.become(open)
    await until('the answer is on its way', () => held.length === 2)
    held[1]?.finish()
    await becomes(answer, 'sent')
    clock.advance(60_000)
    one.line.become(open)
    await until('the stranger’s turn has come', () => held.length === 3)
    held[2]?.finish()
    await becomes(next, 'sent')
    expect(sentTexts()).toEqual(['a', 'c', 'b'])
  })

  test('who waits for the pace does not expire while the account works', async () => {
    for (let n = 0; n < 22; n++) await send(one, `${n}`, number(n))
    for (let n = 0; n < 20; n++) {
      await until(`${n + 1} are out`, async () => (await waiting()).waiting === 21 - n)
      clock.advance(61_000)
      one.line.become(open)
    }
    expect(one.line.sent).toHaveLength(20)
    for (let n = 0; n < 3; n++) {
      clock.advance(10 * hour)
      one.line.become(open)
      await turns(200)
    }
    await until('the next day has begun', () => one.line.sent.length > 20)
    expect((await waiting()).waiting).toBeLessThan(2)
  })
})

test('one text for several recipients is one message for each', async () => {
  const results = await sendNow(one, {
    to: [number(1), number(2), number(3)],
    text: 'hola',
  })
  expect(results.map(({ jid, status }) => [jid, status])).toEqual([1, 2, 3].map((n) => [number(n), 'queued']))
  for (const { messageId } of results) await becomes(messageId ?? 0, 'sent')
  expect(new Set(one.line.sent.map(({ waId }) => waId)).size).toBe(3)
})

test('a customer who answers under the number that WhatsApp named stays in the chat', async () => {
  const asked = '541112345678@s.whatsapp.net'
  one.line.answer = () => ({ kind: 'sent', jid: juan })
  await becomes(await send(one, 'hola', asked), 'sent')
  await one.inbound({ phone: '5491112345678', text: 'sí' })
  await one.inbound({ phone: '5491112345678', lid: '123456789012345@lid', text: 'claro' })
  expect(await texts(one, asked)).toEqual(['hola', 'sí', 'claro'])
  expect(await one.services.chats.get(1, juan)).toEqual(await one.services.chats.get(1, asked))
  expect((await one.services.chats.list(1, { offset: 0, limit: 9 })).total).toBe(1)
  expect((await eventNames(one)).filter((name) => name === 'customer.created')).toHaveLength(1)
})
