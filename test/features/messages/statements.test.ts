import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { statementsOf } from '../../support/statements.ts'
import { HandClock, app, eventsOf } from '../fixture.ts'
import type { TestApp } from '../../support/app.ts'
import type { IncomingMessage } from '../../../src/core/messages/incoming.ts'

const message = (waId: string, about: Partial<IncomingMessage> = {}): IncomingMessage => ({
  chat: { kind: 'person', phone: '5491112345678', lid: null, group: null },
  waId,
  fromMe: false,
  participant: null,
  pushName: 'Juan',
  kind: 'text',
  text: 'hola',
  details: null,
  sentAt: new Date(),
  origin: 'live',
  proto: null,
  ...about,
})

/** Counts the SQL statements of a batch's transaction. */
async function costOf(one: TestApp, waIds: readonly string[]): Promise<number> {
  const batch = waIds.map((waId) => message(waId))
  const seen = await statementsOf(() => one.services.inbox.messages(1, batch))
  const [from, to] = [seen.indexOf('begin immediate'), seen.indexOf('commit')]
  expect(from).toBeGreaterThanOrEqual(0)
  return to - from + 1
}

test('a further message of a known chat costs eleven statements, and each more in its batch six', async () => {
  const one = await app()
  await one.inbound({})
  expect(await costOf(one, ['A'])).toBe(11)
  expect(await costOf(one, ['B', 'C', 'D'])).toBe(11 + 6 + 6)
})

test('a batch leaves the same rows as its messages one by one', async () => {
  const clock = () => new HandClock()
  const [together, apart] = [
    await app({ clock: clock(), callReply: 'No atendemos' }),
    await app({ clock: clock(), callReply: 'No atendemos' }),
  ]
  const at = (second: number) => ({ sentAt: new Date(clock().now().getTime() + second * 1000) })
  const chat = { kind: 'person', phone: '5491112345678', group: null } as const
  const both = { chat: { ...chat, lid: '123456789012345@lid' } }
  const timer = (disappearsAfter: number) => ({ details: { disappearsAfter } })
  const call = { kind: 'call', text: '', details: { facts: { outcome: 'missed' } } } as const
  const batch = [
    message('A', at(1)),
    message('B', { ...at(2), ...timer(86_400), pushName: 'Juan Pérez' }),
    message('B', at(3)),
    message('C', { ...at(4), ...call }),
    message('D', { ...at(5), ...both, ...timer(86_400) }),
    message('E', { ...at(6), pushName: 'Juanjo' }),
    message('F', { ...at(7), ...both, ...timer(604_800) }),
    message('G', { ...at(8), fromMe: true, pushName: null }),
    message('H', { ...at(9), ...both, ...timer(86_400), pushName: 'Juan Pérez' }),
  ]
  await together.services.inbox.messages(1, batch)
  for (const each of batch) await apart.services.inbox.messages(1, [each])
  const rowsOf = async ({ store }: TestApp) => {
    const rows: Record<string, unknown> = {}
    for (const table of ['chats', 'chat_jids', 'customers', 'conversations', 'lid_mappings']) {
      rows[table] = (await sql`select * from ${sql.table(table)}`.execute(store.read)).rows
    }
    return rows
  }
  expect(await rowsOf(together)).toEqual(await rowsOf(apart))
  // The answer to the call goes out beside all this.
  const isTold = ({ name }: { name: string }) => name !== 'message.sent' && name !== 'message.status'
  const told = async (one: TestApp) =>
    (await eventsOf(one)).filter(isTold).map(({ name, data }) => ({ name, data }))
  expect(await told(together)).toEqual(await told(apart))
})
