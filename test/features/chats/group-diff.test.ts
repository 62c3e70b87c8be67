import { describe, expect, test } from 'vitest'
import { maxListed } from '../../../src/core/events.ts'
import type { Group, GroupMember, GroupRole } from '../../../src/features/chats/group.ts'
import {
  differenceOf,
  isDifferent,
  newFacts,
  noDifference,
  presentDifference,
} from '../../../src/features/chats/group-diff.ts'
import { plainGroup } from './plain-group.ts'

const member = (name: string, role: GroupRole = 'member', otherJid: string | null = null): GroupMember => ({
  jid: `${name}@lid`,
  otherJid,
  role,
})

const [ana, beto, carla] = [member('1'), member('2'), member('3')] as const

function group(changes: Partial<Group> = {}): Group {
  return {
    jid: '120363@g.us',
    subject: 'Clientes',
    ...plainGroup,
    members: [ana, beto],
    isMember: true,
    ...changes,
  }
}

describe('two descriptions of a group', () => {
  test('that say the same have no difference', () => {
    const difference = differenceOf(group(), group({ members: [beto, ana] }))
    expect(difference).toEqual(noDifference())
    expect(isDifferent(difference)).toBe(false)
  })

  test('differ in the settings that changed, and in no others', () => {
    const difference = differenceOf(group(), group({ subject: 'Amigos', disappearsAfter: 86_400 }))
    expect(difference).toEqual({ ...noDifference(), facts: { subject: 'Amigos', disappearsAfter: 86_400 } })
    expect(isDifferent(difference)).toBe(true)
  })

  test('differ in who joined and who left', () => {
    const difference = differenceOf(group(), group({ members: [ana, carla] }))
    expect(difference).toMatchObject({ added: [carla], removed: [beto], promoted: [], demoted: [] })
  })

  test('differ in who became an administrator and who is none any more', () => {
    const before = group({ members: [member('1', 'admin'), beto, member('3', 'superadmin')] })
    const after = group({ members: [ana, member('2', 'admin'), member('3', 'admin')] })
    const { promoted, demoted, added, removed } = differenceOf(before, after)
    expect({ promoted, demoted, added, removed }).toEqual({
      promoted: [member('2', 'admin')],
      demoted: [ana],
      added: [],
      removed: [],
    })
  })

  test('know a member again whose number the group tells now or whose two addresses changed places', () => {
    const phone = '5491112345678@s.whatsapp.net'
    const before = group({ members: [member('1', 'member', phone)] })
    for (const now of [ana, { jid: phone, otherJid: null, role: 'member' } as const]) {
      expect(differenceOf(before, group({ members: [now] }))).toEqual(noDifference())
    }
  })

  test('that name members by other addresses tell nothing about who came and went', () => {
    const after = group({ addressing: 'pn', members: [carla], subject: 'Amigos' })
    expect(differenceOf(group(), after)).toEqual({ ...noDifference(), facts: { subject: 'Amigos' } })
  })
})

test('a notification brings only those facts of a group that were not known', () => {
  expect(newFacts(group(), { subject: 'Clientes', locked: true, description: null })).toEqual({
    locked: true,
  })
})

describe('the event of a changed group', () => {
  test('names its settings by what they do', () => {
    const facts = { subject: 'Amigos', announce: true, locked: false, joinApproval: true, isMember: false }
    expect(presentDifference({ ...noDifference(), facts })).toEqual({
      name: 'Amigos',
      onlyAdminsWrite: true,
      onlyAdminsEdit: false,
      joinApproval: true,
      isMember: false,
    })
  })

  test('names people by number where one is known, and else by LID', () => {
    const known = member('1', 'member', '5491112345678@s.whatsapp.net')
    const difference = { ...noDifference(), added: [known, beto], renumbered: [{ from: beto, to: known }] }
    expect(presentDifference(difference)).toEqual({
      added: ['5491112345678@s.whatsapp.net', '2@lid'],
      renumbered: [{ from: '2@lid', to: '5491112345678@s.whatsapp.net' }],
    })
  })

  test('lists so many people of each kind and counts the rest', () => {
    const many = Array.from({ length: maxListed + 3 }, (_, n) => member(String(n)))
    const shown = presentDifference({ ...noDifference(), added: many, removed: many.slice(0, maxListed + 1) })
    expect([shown.added?.length, shown.removed?.length, shown.notListed]).toEqual([maxListed, maxListed, 4])
  })
})
