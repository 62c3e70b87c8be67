import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatAddress } from '../../../src/core/chat-address.ts'
import type { Change } from '../../../src/core/messages/incoming.ts'
import { incomingChange } from '../fixture.ts'
import { until } from '../../support/until.ts'
import { Scene } from './fixture.ts'

let scene: Scene
beforeAll(async () => void (scene = await Scene.start()))
afterAll(() => scene.stop())

const group = '120363041234567890@g.us'
const ana = '5491162320101'
const formats = ['botssy', 'standard', 'botbiz'] as const
const dataOf = (event: string) =>
  scene.receiver.got
    .filter(({ json }) => String(json['event'] ?? json['type']).replace('whatsapp.', '') === event)
    .map(({ json }) => json['data'] as Record<string, unknown>)

/** Lets `act` cause an event, and checks that it is in the log. @returns its data in all three formats */
async function tell(event: string, act: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  scene.receiver.got.length = 0
  const made = []
  for (const format of formats) made.push(await scene.create({ format, events: [event] }))
  await act()
  await until('all formats came', () => dataOf(event).length === formats.length)
  for (const { id } of made) await scene.client.ask(`/api-management/webhooks/${id}`, { method: 'DELETE' })
  const { events } = await scene.app.services.events.list(1, { after: 0, limit: 500 })
  expect(events.map((facts) => facts.event.name)).toContain(event)
  return dataOf(event)
}

const target = (waId: string, participant: string | null) => ({ waId, fromMe: false, participant })
const take = (change: Change, at: ChatAddress, by: string[]) =>
  scene.app.services.inbox.messages(1, [
    incomingChange(change, { chat: at, by, waId: `C ${Math.random()}`, at: new Date() }),
  ])

describe.each([
  [
    'a chat',
    `${ana}@s.whatsapp.net`,
    { phone: ana },
    { kind: 'person', phone: ana, lid: null, group: null } as const,
  ],
  [
    'a group',
    group,
    { group, participant: `${ana}@s.whatsapp.net` },
    { kind: 'group', phone: null, lid: null, group } as const,
  ],
])('in %s', (_, jid, place, chat) => {
  const isGroup = chat.kind === 'group'
  const wrote = isGroup ? `${ana}@s.whatsapp.net` : null
  const person = { jid: `${ana}@s.whatsapp.net`, phone: `+${ana}`, name: 'Ana' }

  test('message.received says in which chat and who wrote, in every format', async () => {
    const all = await tell('message.received', () =>
      scene.app.inbound({ ...place, pushName: 'Ana', text: 'Hola', waId: `IN ${jid}` }),
    )
    for (const data of all) expect(data).toMatchObject({ jid, sender: person })
  })

  const by = isGroup ? [`${ana}@s.whatsapp.net`] : []
  const about = target(`IN ${jid}`, wrote)

  test('message.reaction says who reacted', async () => {
    const all = await tell('message.reaction', () =>
      take({ kind: 'reaction', target: about, emoji: '👍' }, chat, by),
    )
    for (const data of all) expect(data).toMatchObject({ jid, by: person, emoji: '👍' })
  })

  test('message.edited and message.deleted say in which chat', async () => {
    const edited = await tell('message.edited', () =>
      take({ kind: 'edit', target: about, text: 'Hola!' }, chat, by),
    )
    const deleted = await tell('message.deleted', () => take({ kind: 'delete', target: about }, chat, by))
    for (const data of [...edited, ...deleted]) expect(data).toMatchObject({ jid, sender: person })
  })
})

test('an event about a message that went out names the chat and no sender', async () => {
  const all = await tell('message.sent', () =>
    scene.client.post('/api/v1/send', { to: ana, message: 'Buenas' }),
  )
  for (const data of all) {
    expect(data).toMatchObject({ jid: `${ana}@s.whatsapp.net` })
    expect(data).not.toHaveProperty('sender')
  }
})

test('message.status names the chat, and no event of a message is earlier than the one before it', async () => {
  const { id } = await scene.create({ format: 'standard', events: ['message.status', 'message.sent'] })
  scene.receiver.got.length = 0
  const sent = await scene.client.post('/api/v1/send', { to: ana, message: 'Quick' })
  const { messageId } = sent.json as { messageId: number }
  await until('it is sent', () => dataOf('message.status').length === 1)
  const wa = scene.app.line.sent.at(-1)!.waId
  const second = new Date(Math.floor(Date.now() / 1000) * 1000)
  for (const status of ['delivered', 'read'] as const) {
    await scene.app.services.inbox.receipts(1, [{ waIds: [wa], status, at: second }])
  }
  await until('it is read', () => dataOf('message.status').length === 3)
  const got = scene.receiver.got.map(({ json, headers }) => ({
    at: json['timestamp'] as string,
    id: headers['webhook-id'] as string,
    data: json['data'] as Record<string, unknown>,
  }))
  expect(got.map(({ at }) => at)).toEqual(got.map(({ at }) => at).toSorted())
  expect(got.map(({ id: event }) => event)).toEqual(got.map(({ id: event }) => event).toSorted())
  for (const { data } of got) expect(data).toMatchObject({ jid: `${ana}@s.whatsapp.net` })
  expect(dataOf('message.status').map((data) => [data['id'], data['status']])).toEqual([
    [messageId, 'sent'],
    [messageId, 'delivered'],
    [messageId, 'read'],
  ])
  await scene.client.ask(`/api-management/webhooks/${id}`, { method: 'DELETE' })
})
