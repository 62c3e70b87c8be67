import { expect, test } from 'vitest'
import type { CollectingTurn, RunningTurn } from '../../../src/features/bot/rules/bot-turn.ts'
import {
  released,
  restarted,
  started,
  withMessage,
  withTyping,
} from '../../../src/features/bot/rules/turn-steps.ts'

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000)
const timing = { quietMs: 4000, maxMs: 20_000 }

const collecting: CollectingTurn = {
  id: 7,
  accountId: 1,
  chatId: 3,
  chatJid: '5491112345678@s.whatsapp.net',
  kind: 'reply',
  state: 'collecting',
  firstMessageId: 11,
  lastMessageId: 11,
  openedAt: at(0),
  dueAt: at(4),
  aborts: 0,
  attempts: 0,
}
const running: RunningTurn = started(collecting)

test('a waiting turn waits for silence after each message, but not beyond its limit', () => {
  const second = withMessage(collecting, 12, { now: at(3), timing })
  expect(second).toEqual({ ...collecting, lastMessageId: 12, dueAt: at(7) })
  expect(withMessage(second, 13, { now: at(19), timing }).dueAt).toEqual(at(20))
})

test('a message never makes a waiting turn due earlier than it was', () => {
  const late = { ...collecting, dueAt: at(12) }
  expect(withMessage(late, 12, { now: at(1), timing }).dueAt).toEqual(at(12))
})

test('a message makes a reply of an opening that waits', () => {
  const opening = { ...collecting, kind: 'opening', firstMessageId: null, lastMessageId: null } as const
  const reply = withMessage(opening, 12, { now: at(1), timing })
  expect(reply).toMatchObject({ kind: 'reply', firstMessageId: 12, lastMessageId: 12 })
})

test('a customer who types is waited for three times as long, and one who stops as long as usual', () => {
  expect(withTyping(collecting, true, { now: at(2), timing }).dueAt).toEqual(at(14))
  expect(withTyping(collecting, false, { now: at(2), timing }).dueAt).toEqual(at(6))
  expect(withTyping(collecting, true, { now: at(15), timing }).dueAt).toEqual(at(20))
})

test('a start counts as an attempt', () => {
  expect(running).toEqual({ ...collecting, state: 'running', attempts: 1 })
  expect(started({ ...collecting, attempts: 2 }).attempts).toBe(3)
})

test('a newer message restarts a running turn at most twice, with its attempts forgotten', () => {
  const first = restarted(running, { messageId: 12, dueAt: at(9) })
  expect(first).toEqual({ ...collecting, lastMessageId: 12, dueAt: at(9), aborts: 1 })
  expect(restarted({ ...running, aborts: 1 }, { messageId: 12, dueAt: at(9) })?.aborts).toBe(2)
  expect(restarted({ ...running, aborts: 2 }, { messageId: 12, dueAt: at(9) })).toBeUndefined()
})

test('a released turn waits again, with its attempts and with what came for the chat since', () => {
  expect(released(running, undefined, at(30))).toEqual({ ...collecting, dueAt: at(30), attempts: 1 })
  const since = { ...collecting, id: 8, firstMessageId: 12, lastMessageId: 14 }
  expect(released(running, since, at(30))).toMatchObject({ id: 7, firstMessageId: 11, lastMessageId: 14 })
})

test('a released opening stays one until a message has come', () => {
  const opening = { ...running, kind: 'opening', firstMessageId: null, lastMessageId: null } as const
  const waiting = { ...collecting, kind: 'opening', firstMessageId: null, lastMessageId: null } as const
  expect(released(opening, waiting, at(30)).kind).toBe('opening')
  expect(released(opening, collecting, at(30))).toMatchObject({ kind: 'reply', firstMessageId: 11 })
})
