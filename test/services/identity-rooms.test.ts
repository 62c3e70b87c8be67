import { beforeEach, expect, test } from 'vitest'
import type { Change, IncomingChange } from '../../src/domain/incoming.ts'
import type { TestApp } from '../support/app.ts'
import { contradictionsIn } from './consistency.ts'
import { HandClock, app, eventsOf, juan, lid, texts } from './fixture.ts'

const clock = new HandClock()
const phone = '5491112345678'
const group = '120363041234567890@g.us'
let one: TestApp
let made = 0

beforeEach(async () => {
  one = await app({ clock })
})

const change = (by: string[], what: Change, at = clock.now()): IncomingChange => ({
  chat: { kind: 'group', phone: null, lid: null, group },
  waId: `C${++made}`,
  fromMe: false,
  by,
  at,
  origin: 'live',
  change: what,
})
const take = (...changes: IncomingChange[]) => one.services.inbox.messages(1, changes)
const target = { waId: 'G1', fromMe: false, participant: '111111111@lid' }
const mergesOf = async () => (await eventsOf(one)).filter(({ name }) => name === 'customer.merged')

test('what somebody writes in a group under both addresses unites the two chats with that person', async () => {
  await one.inbound({ phone, text: 'uno' })
  await one.inbound({ lid, text: 'dos' })
  await one.inbound({ group, participant: lid, participantAlt: juan })
  expect((await texts(one)).toSorted()).toEqual(['dos', 'uno'])
  expect(await mergesOf()).toHaveLength(1)
  expect(await contradictionsIn(one.store)).toEqual([])
})

test('so does a reaction under both', async () => {
  await one.inbound({ phone, text: 'uno' })
  await one.inbound({ lid, text: 'dos' })
  await take(change([lid, juan], { kind: 'reaction', target, emoji: '👍' }))
  expect((await texts(one)).toSorted()).toEqual(['dos', 'uno'])
  expect(await mergesOf()).toHaveLength(1)
})
