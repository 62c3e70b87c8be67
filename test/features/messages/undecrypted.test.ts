import { beforeEach, expect, test } from 'vitest'
import type { MessageKey } from '../../../src/core/ports.ts'
import type { TestApp } from '../../support/app.ts'
import { HandClock, app, eventNames, juan, texts } from '../fixture.ts'

const clock = new HandClock()
const lid = '123456789012345@lid'
let one: TestApp
/** The messages that the phone was asked for. */
let asked: MessageKey[]
let phoneAnswers: boolean

beforeEach(async () => {
  one = await app({ clock })
  asked = []
  phoneAnswers = true
  Object.assign(one.line, {
    askPhone: (key: MessageKey) => {
      asked.push(key)
      return Promise.resolve(phoneAnswers)
    },
  })
})

const unreadable = () =>
  one.inbound({ waId: 'A1', kind: 'undecryptable', text: '', lid, phone: '5491112345678' })

async function after(ms: number): Promise<void> {
  clock.advance(ms)
  await one.services.undecrypted.askAndAnnounce()
}

test('an unreadable message stands in its chat at once and is announced after a minute, once', async () => {
  await unreadable()
  expect(await texts(one)).toEqual([''])
  expect((await one.services.chats.get(1, juan)).lastMessage?.text).toBe('[undecryptable]')
  await after(59_000)
  expect(await eventNames(one)).not.toContain('message.undecryptable')
  await after(1000)
  await after(120_000)
  expect((await eventNames(one)).filter((name) => name === 'message.undecryptable')).toHaveLength(1)
})

test('the phone is asked four times within an hour, under either address of the chat', async () => {
  await unreadable()
  await after(4000)
  expect(asked).toEqual([])
  await after(1000)
  for (const ms of [29_000, 1000, 5 * 60_000, 60 * 60_000, 24 * 60 * 60_000]) await after(ms)
  expect(asked.map(({ chatJid, waId, fromMe }) => ({ chatJid, waId, fromMe }))).toEqual(
    [juan, lid, juan, lid].map((chatJid) => ({ chatJid, waId: 'A1', fromMe: false })),
  )
})

test('an hour without a connection uses up no request', async () => {
  await unreadable()
  one.line.become({ kind: 'waiting', reason: 'connection_lost', attempt: 1, until: clock.now() })
  await after(60 * 60_000)
  expect(asked).toEqual([])
  one.line.become({ kind: 'open', since: clock.now() })
  phoneAnswers = false
  await after(1000)
  phoneAnswers = true
  await after(1000)
  // The first one did not go out, so the second is no repetition.
  expect(asked.map(({ chatJid }) => chatJid)).toEqual([juan, juan])
})

test('what the phone resends stands where the unreadable one stood, is told, and ends the asking', async () => {
  await unreadable()
  await after(5000)
  await one.inbound({ waId: 'A1', text: 'legible', origin: 'offline', lid, phone: '5491112345678' })
  expect(await texts(one)).toEqual(['legible'])
  await after(24 * 60 * 60_000)
  expect(asked).toHaveLength(1)
  const names = await eventNames(one)
  expect(names).toContain('message.received')
  expect(names).not.toContain('message.undecryptable')
})
