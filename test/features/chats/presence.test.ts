import { expect, onTestFinished, test } from 'vitest'
import type { Line } from '../../../src/core/ports.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'

const phone = '5491112345678'
const chat = { kind: 'person', phone, lid: null, group: null } as const

async function appWith(waIds: readonly string[]): Promise<TestApp> {
  const app = await startTestApp()
  onTestFinished(() => app.stop())
  for (const [n, waId] of waIds.entries()) {
    await app.inbound({ phone, waId, text: waId, sentAt: new Date(Date.UTC(2026, 2, 25, 14, n)) })
  }
  return app
}
const unread = async (app: TestApp) => (await app.services.chats.get(1, phone)).unreadCount

test('reading on the phone leaves only later messages unread', async () => {
  const app = await appWith(['A', 'B', 'C', 'D'])
  const { presence } = app.services
  await presence.readElsewhere(1, { chat, read: ['unknown'] })
  expect(await unread(app)).toBe(4)
  await presence.readElsewhere(1, { chat, read: ['A', 'C'] })
  expect(await unread(app)).toBe(1)
  // Told again, or of older ones, nothing becomes unread once more.
  await presence.readElsewhere(1, { chat, read: ['A'] })
  expect(await unread(app)).toBe(1)
  await presence.readElsewhere(1, { chat, read: 'all' })
  expect(await unread(app)).toBe(0)
  await presence.readElsewhere(1, { chat, read: 'none' })
  await presence.readElsewhere(1, { chat, read: 'none' })
  expect(await unread(app)).toBe(1)
})

test('an unknown chat is not created by reading or typing', async () => {
  const app = await appWith([])
  await app.services.presence.readElsewhere(1, { chat, read: 'none' })
  expect(await app.services.chats.list(1, { offset: 0, limit: 10 })).toMatchObject({ total: 0 })
})

test('a chat can be read without a connection, and typing is refused', async () => {
  const app = await appWith(['A'])
  app.line.state = { kind: 'starting' }
  expect(await app.services.presence.markRead(1, phone)).toMatchObject({ read: 1, told: false })
  expect(await unread(app)).toBe(0)
  await expect(app.services.presence.showTyping(1, phone, { on: true, forMs: 1000 })).rejects.toMatchObject({
    code: 'not_connected',
  })
})

test('typing is heard in known chats, and not any more after listening ends', async () => {
  const app = await appWith(['A'])
  const { presence } = app.services
  const heard: [number, boolean][] = []
  const stop = presence.onTyping((_, chatId, on) => heard.push([chatId, on]))
  await presence.typing(1, { chat, on: true })
  await presence.typing(1, { chat: { ...chat, phone: '5491100000000' }, on: true })
  await presence.typing(1, { chat, on: false })
  stop()
  await presence.typing(1, { chat, on: true })
  expect(heard).toEqual([
    [1, true],
    [1, false],
  ])
})

test('a message that arrives while a chat is marked as read stays unread, or its sender is told', async () => {
  const app = await appWith([])
  const marked = new Set<string>()
  const line: Line = app.line
  line.markRead = (_, messages) => {
    for (const { waId } of messages) marked.add(waId)
    return Promise.resolve()
  }
  const lost: number[] = []
  for (let turns = 0; turns < 40; turns++) {
    await app.inbound({ phone, waId: `A${turns}` })
    const reading = app.services.presence.markRead(1, phone)
    for (let n = 0; n < turns; n++) await Promise.resolve()
    await Promise.all([reading, app.inbound({ phone, waId: `B${turns}` })])
    if (!marked.has(`B${turns}`) && (await unread(app)) === 0) lost.push(turns)
    await app.services.presence.markRead(1, phone)
  }
  expect(lost).toEqual([])
})
