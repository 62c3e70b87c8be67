import { beforeEach, expect, test } from 'vitest'
import type { SendOutcome } from '../../../src/core/messages/outgoing.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/until.ts'
import { turns } from '../../util/turns.ts'
import { HandClock, app, caller, eventsOf, message, send } from '../fixture.ts'

const hour = 60 * 60_000
const open = { kind: 'open', since: new Date(0) } as const
const number = (n: number) => `54911123400${String(n).padStart(2, '0')}@s.whatsapp.net`
let clock: HandClock
let one: TestApp

beforeEach(async () => {
  clock = new HandClock()
  clock.advance(14 * hour)
  one = await app({ clock, pacing: { gapSeconds: [0, 0], coldGapSeconds: [0, 0], chatGapSeconds: 0 } })
})

const sent = () => one.line.sent.map(({ text }) => text)
const lock = (active: boolean, end: Date | null = null) =>
  one.services.inbox.restricted(1, { lock: { active, until: end, type: active ? 'BIZ_QUALITY' : null } })

test('strangers wait while WhatsApp locks new chats, answers go on, and the status says until when', async () => {
  const end = new Date(clock.now().getTime() + 2 * hour)
  await lock(true, end)
  await lock(true, end)
  const stranger = await send(one, 'cold', number(1))
  await one.inbound({ phone: '5491112340002' })
  const answer = await send(one, 'answer', number(2))
  await until('the answer is out', async () => (await message(one, answer)).status === 'sent')
  expect(sent()).toEqual(['answer'])
  const place = await one.services.sending.waiting.position(1, stranger)
  expect(place?.held).toEqual({ reason: 'reachout_locked', until: end })
  const report = await one.services.status.report(1)
  expect(report.restriction.held).toMatchObject({ reason: 'reachout_locked', until: end })
  const events = (await eventsOf(one)).filter(({ name }) => name === 'account.updated')
  expect(events.at(-1)?.data).toEqual({
    status: 'connected',
    reason: 'reachout_locked',
    until: end.toISOString(),
  })
  expect(events.filter(({ data }) => (data as { reason: unknown }).reason !== null)).toHaveLength(1)
  const list = await one.services.sending.waiting.list(1, { limit: 10 })
  expect(list).toMatchObject({ waiting: 1, messages: [{ id: stranger, position: { place: 1 } }], next: null })
  expect(list.classes[2]).toMatchObject({
    sendClass: 'cold',
    waiting: 1,
    held: { reason: 'reachout_locked' },
  })
  await lock(false)
  await until('the stranger gets it', () => sent().length === 2)
})

test('a message refused with 463 is never repeated, and the next stranger waits an hour or for WhatsApp’s word', async () => {
  const outcomes: SendOutcome[] = [{ kind: 'refused', reason: 'reachout_locked', detail: '463' }]
  one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
  const first = await send(one, 'a', number(1))
  const second = await send(one, 'b', number(2))
  await until('the first failed', async () => (await message(one, first)).status === 'failed')
  await turns(50)
  expect(sent()).toEqual(['a'])
  expect((await one.services.sending.waiting.position(1, second))?.held?.reason).toBe('reachout_locked')
  clock.advance(hour + 1)
  one.line.become(open)
  await until('the second is out', () => sent().length === 2)
  expect(sent()).toEqual(['a', 'b'])
  expect((await message(one, first)).status).toBe('failed')
})

test('a message refused with 475 goes out when the next cycle begins', async () => {
  const end = new Date(clock.now().getTime() + 5 * hour)
  const outcomes: SendOutcome[] = [{ kind: 'refused', reason: 'new_chat_cap', detail: '475' }]
  one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
  const id = await send(one, 'a', number(1))
  await until('it is held', async () => (await message(one, id)).reason === 'new_chat_cap')
  await one.services.inbox.restricted(1, { cap: { status: 'capped', total: 50, used: 50, until: end } })
  expect((await one.services.sending.waiting.position(1, id))?.held).toMatchObject({
    reason: 'new_chat_cap',
    until: end,
  })
  clock.advance(5 * hour + 1)
  one.line.become(open)
  await until('it is out', async () => (await message(one, id)).status === 'sent')
  expect(sent()).toEqual(['a', 'a'])
})

test('WhatsApp’s word is obeyed also without a pace of our own', async () => {
  one = await app({ clock })
  const end = new Date(clock.now().getTime() + 2 * hour)
  const outcomes: SendOutcome[] = [{ kind: 'refused', reason: 'new_chat_cap', detail: '475' }]
  one.line.answer = ({ jid }) => outcomes.shift() ?? { kind: 'sent', jid }
  const refused = await send(one, 'a', number(1))
  await until('it is held', async () => (await message(one, refused)).reason === 'new_chat_cap')
  await lock(true, end)
  const stranger = await send(one, 'b', number(2))
  await one.inbound({ phone: '5491112340003' })
  const answer = await send(one, 'answer', number(3))
  await until('the answer is out', async () => (await message(one, answer)).status === 'sent')
  await turns(50)
  expect(sent()).toEqual(['a', 'answer'])
  expect((await one.services.sending.waiting.position(1, stranger))?.held).toEqual({
    reason: 'reachout_locked',
    until: end,
  })
  clock.advance(2 * hour + 1)
  one.line.become(open)
  await until('both are out', () => sent().length === 4)
})

test('strangers wait from the second warning on, not from the first', async () => {
  const cap = { total: 50, used: 40, until: new Date(clock.now().getTime() + hour) }
  await one.services.inbox.restricted(1, { cap: { ...cap, status: 'first_warning' } })
  await send(one, 'a', number(1))
  await until('it is out', () => sent().length === 1)
  await one.services.inbox.restricted(1, { cap: { ...cap, status: 'second_warning' } })
  await send(one, 'b', number(2))
  await turns(50)
  expect(sent()).toEqual(['a'])
})

test('a message to a stranger can be taken back while new chats are locked, and before other strangers get theirs', async () => {
  const said = await send(one, 'wrong words', number(1))
  await until('it is out', async () => (await message(one, said)).status === 'sent')
  await lock(true)
  await send(one, 'cold', number(2))
  const { order } = await one.services.messageActions.remove(caller, { id: said })
  await until('the deletion is out', async () => (await message(one, order.id)).status === 'sent')
  expect(one.line.sent.map(({ kind }) => kind)).toEqual(['text', 'delete'])
})
