import { maxListed } from '../../core/events.ts'
import type { EventData } from '../../core/events.ts'
import type { Group, GroupFacts, GroupMember } from './group.ts'
import { phoneJid, phoneOf } from '../../core/jid.ts'

/** Lists the changes of a group. For people, every known address. */
export interface GroupDifference {
  facts: Partial<GroupFacts & Pick<Group, 'isMember'>>
  added: GroupMember[]
  removed: GroupMember[]
  promoted: GroupMember[]
  demoted: GroupMember[]
  /** Members who changed their number. */
  renumbered: { from: GroupMember; to: GroupMember }[]
}

/** Returns an empty difference. */
export function noDifference(): GroupDifference {
  return { facts: {}, added: [], removed: [], promoted: [], demoted: [], renumbered: [] }
}

/** Tells whether a difference holds any change. */
export function isDifferent({ facts, ...lists }: GroupDifference): boolean {
  return Object.keys(facts).length > 0 || Object.values(lists).some(({ length }) => length > 0)
}

/** Returns those facts that are new. */
export function newFacts(group: Group, facts: GroupDifference['facts']): GroupDifference['facts'] {
  const changed = Object.entries(facts).filter(
    ([name, value]) => value !== undefined && group[name as keyof typeof facts] !== value,
  )
  return Object.fromEntries(changed)
}

/** Compares a complete description with the stored one. */
export function differenceOf(before: Group, after: Group): GroupDifference {
  const { jid: _jid, addressing: _addressing, members: _members, ...now } = after
  const facts = newFacts(before, now)
  // The same people under other addresses cannot be told from others.
  if (before.addressing !== after.addressing) return { ...noDifference(), facts }
  const [old, current] = [byAddress(before.members), byAddress(after.members)]
  const formerly = (member: GroupMember) => old.get(member.jid) ?? old.get(member.otherJid ?? '')
  const stays = (member: GroupMember) => current.has(member.jid) || current.has(member.otherJid ?? '')
  const turned = (to: (role: GroupMember['role']) => boolean) =>
    after.members.filter((member) => {
      const former = formerly(member)
      return former !== undefined && to(member.role) && !to(former.role)
    })
  return {
    facts,
    added: after.members.filter((member) => !formerly(member)),
    removed: before.members.filter((member) => !stays(member)),
    promoted: turned((role) => role !== 'member'),
    demoted: turned((role) => role === 'member'),
    // Only a notification tells that a leaving and a joining member are the same person.
    renumbered: [],
  }
}

function byAddress(members: readonly GroupMember[]): Map<string, GroupMember> {
  return new Map(
    members.flatMap((member) =>
      [member.jid, member.otherJid].filter((jid) => jid !== null).map((jid) => [jid, member] as const),
    ),
  )
}

/** Shows a difference as its event does: people by number if known, at most as many as an event lists. */
export function presentDifference(difference: GroupDifference): EventData<'group.updated'>['changes'] {
  const { facts, added, removed, promoted, demoted, renumbered } = difference
  const { subject: name, announce: onlyAdminsWrite, locked: onlyAdminsEdit, ...others } = facts
  const lists = Object.entries({ added, removed, promoted, demoted }).filter(([, list]) => list.length > 0)
  const notListed = lists.reduce((sum, [, list]) => sum + Math.max(list.length - maxListed, 0), 0)
  return {
    ...defined({ name, onlyAdminsWrite, onlyAdminsEdit }),
    ...others,
    ...Object.fromEntries(lists.map(([key, list]) => [key, list.slice(0, maxListed).map(shownJid)])),
    ...(renumbered.length === 0
      ? {}
      : {
          renumbered: renumbered
            .slice(0, maxListed)
            .map(({ from, to }) => ({ from: shownJid(from), to: shownJid(to) })),
        }),
    ...(notListed === 0 ? {} : { notListed }),
  }
}

function defined<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function shownJid({ jid, otherJid }: GroupMember): string {
  const phone = phoneOf(jid) ?? phoneOf(otherJid ?? '')
  return phone === null ? jid : phoneJid(phone)
}
