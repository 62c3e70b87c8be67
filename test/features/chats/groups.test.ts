import { describe, expect, onTestFinished, test } from 'vitest'
import type { GroupChange, GroupInfo, GroupMode, GroupUpdate } from '../../../src/features/chats/group.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { eventsOf } from '../fixture.ts'
import { plainGroup } from './plain-group.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const jid = '120363041234567890@g.us'
const ana = '111111111@lid'
const own = { jid: '100200300@lid', otherJid: '5491138620812@s.whatsapp.net', role: 'member' } as const
const group: GroupInfo = {
  jid,
  subject: 'Vecinos',
  ...plainGroup,
  members: [own, { jid: ana, otherJid: '5491144440001@s.whatsapp.net', role: 'admin' }],
}

const news = (...changes: GroupChange[]): GroupUpdate => ({ jid, by: [ana], at: new Date(), changes })

async function appIn(groupMode: GroupMode): Promise<TestApp> {
  const app = await startTestApp({ groupMode })
  onTestFinished(() => app.stop())
  return app
}

const ask = async (app: TestApp, path: string) => {
  const response = await fetch(app.url + path, { headers: { authorization: `Bearer ${app.key}` } })
  return (await response.json()) as Record<string, unknown>
}
const events = async (app: TestApp) => (await eventsOf(app)).map(({ name }) => name)
const write = (app: TestApp) =>
  app.inbound({
    group: jid,
    participant: ana,
    participantAlt: '5491144440001@s.whatsapp.net',
    pushName: 'Ana',
  })

test('a group’s message is kept, reported and shown in mode store, and makes neither customer nor conversation', async () => {
  const app = await appIn('store')
  await app.services.groups.describe(1, [group])
  await write(app)
  expect(await ask(app, '/api/v1/chats')).toMatchObject({
    chats: [{ jid, name: 'Vecinos', messageCount: 1 }],
  })
  expect(await ask(app, `/api/v1/chats/${jid}/messages`)).toMatchObject({
    messages: [{ text: 'hola', sender: { jid: '5491144440001@s.whatsapp.net', name: 'Ana' } }],
  })
  expect((await events(app)).filter((name) => name !== 'account.updated')).toEqual(['message.received'])
})

test('a group has a conversation of its own, under its subject, in mode full', async () => {
  const app = await appIn('full')
  await app.services.groups.describe(1, [group])
  await write(app)
  await write(app)
  const { data } = (await ask(app, '/api/v1/conversations')) as { data: unknown[] }
  expect(data).toMatchObject([{ customer: { name: 'Vecinos' } }])
  await app.services.groups.change(1, news({ kind: 'facts', facts: { subject: 'Vecinas' } }))
  expect(await ask(app, '/api/v1/conversations')).toMatchObject({ data: [{ customer: { name: 'Vecinas' } }] })
  expect(await ask(app, '/api/v1/customers?search=vecinas')).toMatchObject({ pagination: { total: 1 } })
})

test('nothing of a group is kept in mode ignore', async () => {
  const app = await appIn('ignore')
  await app.services.groups.describe(1, [group])
  await write(app)
  expect(await ask(app, '/api/v1/chats')).toMatchObject({ chats: [], total: 0 })
  expect(await app.services.groups.find(1, jid)).toBeUndefined()
  for (const table of ['messages', 'senders', 'group_members'] as const) {
    expect(await rowsOf(app.store.read, table)).toEqual([])
  }
})

test('the name in the address book comes before the one that a person chose', async () => {
  const app = await appIn('store')
  await write(app)
  const chat = { kind: 'person', phone: '5491144440001', lid: ana, group: null } as const
  await app.services.inbox.names(1, [{ chat, name: 'Ana del 3.º', pushName: null }])
  expect(await ask(app, `/api/v1/chats/${jid}/messages`)).toMatchObject({
    messages: [{ sender: { name: 'Ana del 3.º' } }],
  })
})

test('members come, change their role and go, and repeated news changes nothing', async () => {
  const app = await appIn('store')
  const { groups } = app.services
  await groups.describe(1, [group])
  const beto = { jid: '222222222@lid', otherJid: null, role: 'member' } as const
  for (let time = 0; time < 2; time++) {
    await groups.change(
      1,
      news({ kind: 'joined', members: [beto] }, { kind: 'role', jids: [beto.jid], role: 'admin' }),
    )
  }
  expect((await groups.find(1, jid))?.members).toEqual([own, group.members[1], { ...beto, role: 'admin' }])
  await groups.change(1, news({ kind: 'left', jids: ['5491144440001@s.whatsapp.net'] }))
  expect((await groups.find(1, jid))?.members.map((member) => member.jid)).toEqual([own.jid, beto.jid])
  await groups.change(1, news({ kind: 'left', jids: ['5491138620812@s.whatsapp.net'] }))
  expect(await groups.find(1, jid)).toMatchObject({ isMember: false })
})

test('a change of an unknown group creates none', async () => {
  const app = await appIn('store')
  await app.services.groups.change(1, news({ kind: 'joined', members: [own] }))
  expect(await app.services.groups.find(1, jid)).toBeUndefined()
})

test('the bot answers in groups only in mode full', async () => {
  for (const [mode, reason] of [
    ['store', 'switched_off'],
    ['full', 'no_model'],
  ] as const) {
    const app = await startTestApp({ groupMode: mode, bot: { groups: mode === 'full' } })
    await write(app)
    await app.services.chats.update(1, jid, { botEnabled: true })
    expect(await app.services.assistant.botAdmin.verdict(1, jid)).toMatchObject({ answer: false, reason })
    await app.stop()
  }
})

describe('a change of a group', () => {
  const told = async (app: TestApp) => {
    const changed = (await eventsOf(app)).filter(({ name }) => name === 'group.updated')
    return changed.map(({ data }) => data as { by: string | null; changes: object })
  }
  const beto = { jid: '222222222@lid', otherJid: null, role: 'member' } as const

  test('is told once, however often WhatsApp says it, with numbers that are known from elsewhere', async () => {
    const app = await appIn('store')
    const { groups } = app.services
    await groups.describe(1, [group])
    expect(await told(app)).toEqual([])
    await app.services.inbox.mappings(1, [{ lid: beto.jid, phone: '5491144440002' }], new Date())
    const change = news({ kind: 'joined', members: [beto] }, { kind: 'facts', facts: { subject: 'Vecinas' } })
    for (let time = 0; time < 2; time++) await groups.change(1, change)
    expect(await told(app)).toMatchObject([
      { jid, chatId: null, by: ana, changes: { added: ['5491144440002@s.whatsapp.net'] } },
      { jid, chatId: null, by: ana, changes: { name: 'Vecinas' } },
    ])
  })

  test('is found in a whole description, as far as it is new', async () => {
    const app = await appIn('store')
    const { groups } = app.services
    await groups.describe(1, [group])
    const members = [own, { jid: ana, otherJid: null, role: 'member' }, beto] as const
    const now = { ...group, subject: 'Otro', announce: true, disappearsAfter: 86_400, members }
    for (let time = 0; time < 2; time++) await groups.describe(1, [now])
    expect((await told(app)).map(({ changes }) => changes)).toEqual([
      {
        name: 'Otro',
        onlyAdminsWrite: true,
        disappearsAfter: 86_400,
        added: [beto.jid],
        demoted: [ana],
      },
    ])
    await groups.gone(1, jid)
    await groups.gone(1, jid)
    expect((await told(app)).slice(1).map(({ changes }) => changes)).toEqual([{ isMember: false }])
  })

  test.each([
    ['another number', [beto.jid], { jid: '333@lid', otherJid: null }],
    ['another one beside the same LID', [beto.jid], { jid: beto.jid, otherJid: '54911@s.whatsapp.net' }],
  ])('is told once of a member with another number: %s', async (_how, by, named) => {
    const app = await appIn('store')
    const { groups } = app.services
    await groups.describe(1, [{ ...group, members: [...group.members, { ...beto, role: 'admin' }] }])
    const change = { kind: 'renumbered', member: { ...named, role: 'member' } } as const
    for (let time = 0; time < 2; time++) await groups.change(1, { ...news(change), by })
    const to = named.otherJid ?? '333@lid'
    expect((await told(app)).map(({ changes }) => changes)).toEqual([
      { renumbered: [{ from: beto.jid, to }] },
    ])
    const members = (await groups.find(1, jid))?.members ?? []
    expect(members).toHaveLength(3)
    expect(members.find((each) => each.jid === to || each.otherJid === to)?.role).toBe('admin')
  })

  test('lists a bounded number of people', async () => {
    const app = await appIn('store')
    await app.services.groups.describe(1, [group])
    const members = Array.from({ length: 20_000 }, (_, n) => ({ ...beto, jid: `${300_000_000 + n}@lid` }))
    await app.services.groups.change(1, news({ kind: 'joined', members }))
    await app.services.groups.change(1, news({ kind: 'left', jids: members.map((each) => each.jid) }))
    const [added, removed, ...more] = (await told(app)).map(({ changes }) => changes)
    expect(added).toMatchObject({ added: { length: 100 }, notListed: 19_900 })
    expect(removed).toMatchObject({ removed: { length: 100 }, notListed: 19_900 })
    expect(more).toEqual([])
    expect(JSON.stringify(added).length).toBeLessThan(8000)
  })

  test('no longer names a customer who is erased', async () => {
    const app = await appIn('store')
    await app.services.groups.describe(1, [group])
    await app.inbound({ phone: '5491144440001', lid: ana })
    await app.services.groups.change(1, news({ kind: 'left', jids: [ana] }))
    await app.services.groups.change(1, { ...news({ kind: 'joined', members: [beto] }), by: [] })
    await app.services.customers.erase(1, 1)
    expect((await told(app)).map(({ by, changes }) => [by, changes])).toEqual([
      ['', { removed: [] }],
      [null, { added: [beto.jid] }],
    ])
  })
})
