import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { HandClock, app, eventNames, juan } from '../fixture.ts'

const call = (outcome: string, about: object = {}) => ({
  kind: 'call' as const,
  text: '',
  details: { facts: { outcome, video: 'no' } },
  ...about,
})

test('a call stands in its chat as unread and as an event, and without a configured reply nothing is said', async () => {
  const one = await app()
  await one.inbound(call('missed'))
  expect(await eventNames(one)).toContain('message.received')
  expect(await one.services.chats.get(1, juan)).toMatchObject({
    unreadCount: 1,
    lastMessage: { text: '[call]' },
  })
  expect(one.line.sent).toEqual([])
})

test('a caller is told once an hour what the owner wants callers to be told', async () => {
  const clock = new HandClock()
  const one = await app({ clock, callReply: 'Aquí no atendemos llamadas: escribinos.' })
  const texts = () => one.line.sent.map(({ text }) => text)
  await one.inbound(call('answered'))
  clock.advance(61 * 60_000)
  await one.inbound(call('missed'))
  await until('it is said', () => texts().length === 1)
  await one.inbound(call('missed'))
  await one.inbound(call('missed', { sentAt: new Date(clock.now().getTime() - 40 * 60_000) }))
  await one.inbound(call('missed', { origin: 'history' }))
  await one.inbound(call('missed', { fromMe: true }))
  await one.inbound(call('missed', { group: '120363041234567890@g.us', participant: '1111111@lid' }))
  clock.advance(61 * 60_000)
  await one.inbound(call('missed'))
  await until('it is said again', () => texts().length === 2)
  expect(new Set(texts())).toEqual(new Set(['Aquí no atendemos llamadas: escribinos.']))
})
