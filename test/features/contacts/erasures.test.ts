import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Change, IncomingChange, IncomingMessage } from '../../../src/core/messages/incoming.ts'
import { eventsAfter } from '../../../src/features/events/queries/events.ts'
import type { Tables } from '../../../src/db/tables.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { contradictionsIn } from '../consistency.ts'
import { HandClock, caller, incomingChange, texts } from '../fixture.ts'
import { rowsOf } from '../../support/rows/tables.ts'

const clock = new HandClock()
const hour = 3_600_000
let one: TestApp
let made = 0
/** The running test's own customer. */
let phone: string
let lid: string
let jid: string
let name: string
let secret: string
let group: string

beforeAll(async () => {
  one = await startTestApp({ clock })
})
afterAll(() => one.stop())
beforeEach(async () => {
  await erase()
  const n = 100 + ++made
  phone = `5491112345${n}`
  lid = `123456789012${n}@lid`
  jid = `${phone}@s.whatsapp.net`
  name = `Juan ${n}`
  secret = `secreto ${n}`
  group = `120363041234567${n}@g.us`
  clock.advance(10 * hour)
})

const persons = {
  'both addresses': () => ({ phone, lid }),
  'the number': () => ({ phone }),
  'the LID': () => ({ lid }),
  'the other spelling of the number': () => ({ phone: phone.replace('549', '54') }),
}
type Person = keyof typeof persons

const customers = async () => (await one.services.customers.list(1, { limit: 50, offset: 0 })).customers
const ago = (ms: number) => new Date(clock.now().getTime() - ms)
const comes = (message: Parameters<TestApp['inbound']>[0]) => one.inbound({ pushName: name, ...message })
const old = (message: Parameters<TestApp['inbound']>[0]) =>
  comes({ origin: 'history', sentAt: ago(2 * hour), ...message })
const learn = (pair = { lid, phone }) => one.services.inbox.mappings(1, [pair], clock.now())
const named = (address: { phone?: string; lid?: string }) =>
  one.services.inbox.names(1, [
    { chat: { kind: 'person', phone: null, lid: null, group: null, ...address }, name, pushName: null },
  ])
const said = () => texts(one, jid)

async function erase(): Promise<void> {
  for (const { id } of await customers()) await one.services.customers.erase(1, id)
  clock.advance(hour)
}

async function contents(table: string): Promise<string> {
  return JSON.stringify((await sql`select * from ${sql.table(table)}`.execute(one.store.read)).rows)
}

/** Nothing of the person is in any table, and the tables agree. */
async function isGone(...words: string[]): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(
    one.store.read,
  )
  for (const { name: table } of rows) {
    const all = await contents(table)
    for (const word of [phone, lid, name, secret, ...words]) {
      expect(all.includes(word), `${word} in ${table}`).toBe(false)
    }
  }
  expect(await customers()).toEqual([])
  expect(await contradictionsIn(one.store)).toEqual([])
}

const count = async (table: keyof Tables) =>
  (await sql`select 1 from ${sql.table(table)}`.execute(one.store.read)).rows.length
const events = async () => {
  await one.store.flushed()
  return (await eventsAfter(one.store.read, 1, { after: 0, limit: 1000 })).length
}

describe('an erased customer', () => {
  beforeEach(async () => {
    await comes({ phone, lid, text: secret })
    await erase()
  })

  test.each(Object.keys(persons) as Person[])(
    'is not brought back by the history under %s',
    async (whose) => {
      const address = persons[whose]()
      await named(address)
      await old({ ...address, text: secret })
      await old({ ...address, text: secret, fromMe: true })
      await learn()
      await old({ ...address, text: secret, sentAt: ago(hour) })
      await isGone(phone.replace('549', '54'))
    },
  )

  test('is not brought back by late messages, whether they were on their way or are sent again', async () => {
    const before = await events()
    await comes({ phone, text: secret, origin: 'offline', sentAt: ago(hour) })
    await comes({ lid, text: secret, sentAt: ago(hour + 1000) })
    await comes({ lid, kind: 'undecryptable', text: '', sentAt: ago(hour + 1000) })
    await isGone()
    expect(await events()).toBe(before)
  })

  test('becomes a new customer with a new message, and older messages stay away', async () => {
    await comes({ phone, lid, text: 'volví' })
    await old({ phone, text: secret })
    await old({ lid, text: secret })
    await learn()
    await old({ lid, text: 'nuevo', sentAt: ago(hour / 2) })
    expect((await said()).toSorted()).toEqual(['nuevo', 'volví'])
    await named({ lid })
    expect(await customers()).toMatchObject([{ phone, lid, name, pushName: name }])
    expect(await contradictionsIn(one.store)).toEqual([])
  })

  test('returns with a live message in the second of the erasure, but not with one of the history', async () => {
    await comes({ phone, text: 'otra vez' })
    const [customer] = await customers()
    await one.services.customers.erase(1, customer?.id ?? 0)
    await old({ phone, text: secret, sentAt: clock.now() })
    expect(await customers()).toEqual([])
    await comes({ phone, text: 'al instante' })
    expect(await said()).toEqual(['al instante'])
  })

  test('does not keep away the messages of the number’s new owner', async () => {
    const other = '987654321098765@lid'
    await comes({ phone, lid: other, text: 'soy otra' })
    await old({ phone, lid: other, text: 'antes' })
    await old({ lid: other, text: 'mucho antes', sentAt: ago(5 * hour) })
    expect(await said()).toEqual(['mucho antes', 'antes', 'soy otra'])
    await old({ lid, text: secret })
    expect(await customers()).toHaveLength(1)
  })

  test('is not brought back with a new number either', async () => {
    await learn({ lid, phone: '5491187654321' })
    await old({ phone: '5491187654321', text: secret })
    await isGone('5491187654321')
  })

  test('is erased again from the time of the second erasure', async () => {
    await comes({ phone, text: 'volví' })
    await erase()
    await old({ phone, text: secret, sentAt: ago(hour + 60_000) })
    await isGone()
  })

  test.each(['the number', 'the LID'] as const)(
    'is erased again under both addresses, although now known by %s alone',
    async (whose) => {
      await comes({ ...persons[whose](), text: 'volví' })
      await erase()
      for (const address of [{ phone }, { lid }]) {
        await old({ ...address, text: secret, sentAt: ago(hour + 60_000) })
      }
      await isGone()
    },
  )

  test('is unknown to another account, which keeps all messages', async () => {
    const second = await one.services.accounts.create(caller, { phone: '34600999888', name: 'Dos' })
    const message: IncomingMessage = {
      chat: { kind: 'person', phone, lid, group: null },
      waId: 'X',
      fromMe: false,
      participant: null,
      pushName: null,
      kind: 'text',
      text: 'hola',
      details: null,
      sentAt: ago(5 * hour),
      origin: 'history',
      proto: null,
    }
    await one.services.inbox.messages(second.id, [message])
    expect((await one.services.chats.list(second.id, { offset: 0, limit: 1 })).total).toBe(1)
  })
})

describe('a person who was erased under one address', () => {
  test.each([
    ['the number', 'the LID'],
    ['the LID', 'the number'],
  ] as const)(
    'alone, %s, is recognised by the other once it is theirs, and later messages are taken back',
    async (first, whose) => {
      const other = persons[whose]()
      await comes({ ...persons[first](), text: secret })
      await erase()
      await named(other)
      await old({ ...other, text: secret })
      expect(await customers()).toHaveLength(1)
      await learn()
      await isGone()
      await named(other)
      await old({ ...other, text: secret })
      await isGone()
    },
  )

  test('loses also the files that have come under the other', async () => {
    await comes({ phone, text: secret })
    await erase()
    const source = { mediaKey: '', sha256: '', encryptedSha256: '', keyTimestamp: null }
    const facts = { mimeType: 'image/jpeg', fileName: 'a.jpg', sizeBytes: 3, seconds: null, width: null }
    const media = { ...facts, height: null, voice: false, animated: false }
    const file = { source: { ...source, directPath: '/v/a', url: null }, thumbnail: null }
    await old({ lid, kind: 'image', text: '', details: { media }, file })
    expect(await count('media')).toBe(1)
    await learn()
    expect(await count('media')).toBe(0)
    await isGone()
  })

  test('keeps what is new under the other, and what was there before', async () => {
    await comes({ lid, text: 'antes de todo', pushName: null })
    await comes({ phone, text: secret, pushName: null })
    const [withPhone] = (await customers()).filter((each) => each.phone === phone)
    await one.services.customers.erase(1, withPhone?.id ?? 0)
    clock.advance(hour)
    await old({ lid, text: secret })
    await comes({ lid, text: 'nuevo' })
    await learn()
    expect(await said()).toEqual(['antes de todo', 'nuevo'])
    expect(await contradictionsIn(one.store)).toEqual([])
  })

  test('with a message of both addresses, is known by each', async () => {
    await comes({ phone, text: secret })
    await erase()
    await old({ phone, lid, text: secret })
    await old({ lid, text: secret })
    await isGone()
  })
})

describe('a change of an erased message', () => {
  const change = (what: Change, about: Partial<IncomingChange> = {}): IncomingChange => {
    const chat = { kind: 'person', phone, lid: null, group: null } as const
    return incomingChange(what, { chat, waId: `C${++made}`, at: clock.now(), ...about })
  }
  const take = (...changes: IncomingChange[]) => one.services.inbox.messages(1, changes)
  const target = { waId: 'GONE', fromMe: false, participant: null }
  const edit = (): Change => ({ kind: 'edit', target, text: secret })

  beforeEach(async () => {
    await comes({ phone, lid, waId: 'GONE', text: 'hola' })
    await erase()
  })

  test.each(['live', 'offline', 'history'] as const)('does not wait for it (%s)', async (origin) => {
    await take(
      change(edit(), { origin }),
      change(edit(), { origin, at: ago(2 * hour) }),
      change({ kind: 'reaction', target, emoji: '👍' }, { origin, at: ago(2 * hour) }),
      change({ kind: 'delete', target }, { origin }),
      change({ kind: 'timer', seconds: 60 }, { origin }),
    )
    await one.services.inbox.receipts(1, [{ waIds: ['GONE'], status: 'read', at: clock.now() }])
    await isGone()
  })

  test('is no new message where it is sealed', async () => {
    const sealed = { payload: Buffer.alloc(40).toString('base64'), iv: Buffer.alloc(12).toString('base64') }
    await comes({
      phone,
      kind: 'unsupported',
      sealed: change({ kind: 'sealed', target, use: 'Message Edit', sealed }),
    })
    await isGone()
  })

  test('waits for at most a month if the person is back', async () => {
    await comes({ phone, text: 'volví' })
    await take(change(edit()))
    clock.advance(29 * 24 * hour)
    await one.services.inbox.prune()
    expect(await count('early_changes')).toBe(1)
    clock.advance(2 * 24 * hour)
    await one.services.inbox.prune()
    expect(await count('early_changes')).toBe(0)
  })

  test('in a group stays away, while the written messages stay without a name', async () => {
    const inGroup = { chat: { kind: 'group', phone: null, lid: null, group } as const, by: [lid, jid] }
    const beto = '111111111@lid'
    await old({
      group,
      waId: 'G1',
      participant: beto,
      participantAlt: null,
      text: 'de Beto',
      pushName: 'Beto',
    })
    await old({
      group,
      waId: 'G2',
      participant: lid,
      participantAlt: jid,
      text: 'de alguien',
      pushName: name,
    })
    const g1 = { waId: 'G1', fromMe: false, participant: beto }
    const g2 = { waId: 'G2', fromMe: false, participant: lid }
    const at = ago(2 * hour)
    await take(
      change({ kind: 'reaction', target: g1, emoji: '👍' }, { ...inGroup, at, origin: 'history' }),
      change({ kind: 'edit', target: g2, text: 'corregido' }, { ...inGroup, at, origin: 'history' }),
      change(
        { kind: 'edit', target: { ...g2, waId: 'NEVER' }, text: secret },
        { ...inGroup, at, origin: 'offline' },
      ),
      change(
        { kind: 'reaction', target: g1, emoji: '❤️' },
        { ...inGroup, by: [beto], at, origin: 'history' },
      ),
    )
    const { messages } = await one.services.messages.ofChat(1, group, { limit: 5 })
    expect(messages.map(({ text, reactions, sender }) => [text, reactions.length, sender?.jid])).toEqual([
      ['de Beto', 1, beto],
      ['corregido', 0, lid],
    ])
    for (const table of ['senders', 'lid_mappings', 'early_changes'] as const) {
      const rows = await contents(table)
      for (const word of [phone, lid, name]) expect(rows.includes(word), `${word} in ${table}`).toBe(false)
    }
    await comes({ group, participant: lid, participantAlt: jid, text: 'nuevo', pushName: name })
    const shown = await one.services.messages.ofChat(1, group, { limit: 1 })
    expect(shown.messages[0]?.sender).toEqual({ jid, name, username: null })
  })
})

test('an erasure forgets the name in groups also of a customer who never had a chat', async () => {
  await comes({ group, participant: lid, participantAlt: jid, pushName: name, text: 'hola' })
  await one.services.customers.create(1, { phone, name })
  await erase()
  for (const table of ['senders', 'lid_mappings'] as const) expect(await contents(table)).not.toContain(phone)
})

test('the table of erasures does not reveal the people in it, and has each once', async () => {
  const before = await count('erasures')
  for (let time = 0; time < 2; time++) {
    await comes({ phone, lid })
    await erase()
  }
  const erasures = await rowsOf(one.store.read, 'erasures')
  const rows = erasures.toSorted((a, b) => a.erased_at - b.erased_at).slice(before)
  // Two spellings of the number, and the LID.
  expect(rows.map(({ address }) => address.length)).toEqual([43, 43, 43])
  expect(new Set(rows.map(({ lid: known }) => known)).size).toBe(2)
  for (const word of [phone, lid]) expect(JSON.stringify(rows)).not.toContain(word)
})
