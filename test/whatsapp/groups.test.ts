import type { BinaryNode, GroupMetadata } from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Group, GroupChange, GroupInfo } from '../../src/features/chats/group.ts'
import type { LidMapping } from '../../src/core/messages/incoming.ts'
import { GroupDirectory } from '../../src/whatsapp/groups/groups.ts'
import { contactMappings } from '../../src/whatsapp/history/history.ts'

const ana = { lid: '111111111@lid', phone: '5491144440001' }
const beto = { lid: '222222222@lid', phone: '5491144440002' }
const pn = ({ phone }: LidMapping) => `${phone}@s.whatsapp.net`

const metadata = (id: string, participants: GroupMetadata['participants']): GroupMetadata => ({
  id,
  subject: 'Vecinos',
  owner: undefined,
  participants,
})

let known: Map<string, Group>
let learnt: LidMapping[]
let asked: string[]
let changes: GroupChange[]
let directory: GroupDirectory
let answer: () => Promise<void>

beforeEach(() => {
  vi.useFakeTimers()
  known = new Map()
  learnt = []
  asked = []
  changes = []
  answer = () => Promise.resolve()
  const describe = (_account: number, groups: readonly GroupInfo[]) => {
    for (const group of groups) known.set(group.jid, { ...group, isMember: true })
    return Promise.resolve()
  }
  directory = new GroupDirectory({
    accountId: 1,
    log: pino({ level: 'silent' }),
    records: {
      find: (_account, jid) => Promise.resolve(known.get(jid)),
      describe,
      change: (_account, update) => {
        changes.push(...update.changes)
        return Promise.resolve()
      },
      gone: () => Promise.resolve(),
    },
    inbound: {
      mappings: (_account, batch) => {
        learnt.push(...batch)
        return Promise.resolve()
      },
    },
    queries: {
      one: async (jid) => {
        asked.push(jid)
        await answer()
        return metadata(jid, [{ id: ana.lid, phoneNumber: pn(ana) }])
      },
      all: async () => {
        asked.push('all')
        await directory.told([...Array(40).keys()].map((n) => metadata(`${n}@g.us`, [])))
      },
    },
  })
})
afterEach(() => {
  directory.stop()
  vi.useRealTimers()
})

test('the members of a group are told, whichever of their addresses it uses, before it is in the records', async () => {
  await directory.told([
    metadata('1@g.us', [
      { id: ana.lid, phoneNumber: pn(ana) },
      { id: pn(beto), lid: beto.lid },
      { id: '333333333@lid' },
      { id: 'x@lid', phoneNumber: 'y@s.whatsapp.net' },
    ]),
  ])
  expect(learnt).toEqual([ana, beto])
  expect(known.has('1@g.us')).toBe(true)
})

// Escape sequences, direction marks, line and page breaks, as a stranger can put them into a group's name.
const hostile = '\u001b[31m\u009b2J\u202Egnp\u2066\u0000\r\nvecinos'

test('a group that is asked for has no control or direction characters in its name and description', async () => {
  await directory.told([{ ...metadata('1@g.us', []), subject: hostile, desc: hostile }])
  expect(known.get('1@g.us')).toMatchObject({
    subject: '[31m 2Jgnp vecinos',
    description: '[31m 2Jgnp\nvecinos',
  })
})

test('a change of a group’s name or description brings no control or direction characters', async () => {
  await directory.told([metadata('1@g.us', [])])
  const bytes = Buffer.from(hostile)
  const change = (content: BinaryNode[]) =>
    directory.notified({ tag: 'notification', attrs: { from: '1@g.us', type: 'w:gp2' }, content })
  await change([{ tag: 'subject', attrs: { subject: hostile, s_t: '1' } }])
  await change([
    { tag: 'description', attrs: { id: 'A' }, content: [{ tag: 'body', attrs: {}, content: bytes }] },
  ])
  expect(changes).toEqual([
    { kind: 'facts', facts: { subject: '[31m 2Jgnp vecinos' } },
    { kind: 'facts', facts: { description: '[31m 2Jgnp\nvecinos' } },
  ])
})

test('the author of a change in a group is told, and whom it is about', async () => {
  const member = { jid: pn(beto), lid: beto.lid }
  const node: BinaryNode = {
    tag: 'notification',
    attrs: { from: '1@g.us', type: 'w:gp2', participant: ana.lid, participant_pn: pn(ana) },
    content: [{ tag: 'add', attrs: {}, content: [{ tag: 'participant', attrs: member }] }],
  }
  // A group that is not known is asked for, which tells of Ana once more.
  await directory.notified(node)
  expect(learnt).toEqual([ana, beto, ana])
})

test('contacts without a name are told, too', () => {
  expect(
    contactMappings([
      { id: ana.lid, phoneNumber: pn(ana) },
      { id: pn(beto), lid: beto.lid },
      { id: '333333333@lid' },
      {},
    ]),
  ).toEqual([ana, beto])
})

test('a group is asked for once, however many want it at the same time', async () => {
  let goOn: () => void = () => undefined
  answer = () => new Promise((resolve) => (goOn = resolve))
  const wanted = Promise.all([...Array(50).keys()].map(() => directory.metadata('1@g.us')))
  await vi.advanceTimersByTimeAsync(10)
  goOn()
  expect((await wanted).every((group) => group?.id === '1@g.us')).toBe(true)
  expect(asked).toEqual(['1@g.us'])
})

test('many groups that are met at the start are asked for with one query, and never again', async () => {
  const jids = [...Array(40).keys()].map((n) => `${n}@g.us`)
  for (let time = 0; time < 5; time++) directory.want(jids)
  await vi.advanceTimersByTimeAsync(1100)
  directory.want(jids)
  await vi.advanceTimersByTimeAsync(1100)
  await Promise.all(jids.map((jid) => directory.isMember(jid)))
  expect(asked).toEqual(['all'])
})
