import type { Account } from '../people/account.ts'
import type { Group } from '../groups/group.ts'
import type { GroupFlag, Groups, MemberChange } from '../groups/groups.ts'
import { child, children, node, textOf, type BinaryNode } from '../protocol/nodes.ts'
import type { QueryAnswer, Query } from './query.ts'

const notFound = { error: 404, text: 'item-not-found' }
const forbidden = { error: 403, text: 'forbidden' }

/** Answers a companion's questions about groups: all of its own, one of them, or the group behind an invitation. */
export function askAboutGroups({ iq, account, groups, directory }: Query): QueryAnswer {
  if (child(iq, 'participating')) {
    const own = groups.of(account.number).map((group) => group.describe(directory))
    return [node('groups', {}, own)]
  }
  const code = child(iq, 'invite')?.attrs['code']
  if (code !== undefined) {
    const invited = groups.findByCode(code)
    return invited ? [invited.describe(directory)] : notFound
  }
  const group = groups.find(iq.attrs['to'])
  if (!group) return notFound
  if (!group.members.has(account.number)) return forbidden
  if (child(iq, 'membership_approval_requests')) return [node('membership_approval_requests', {}, [])]
  if (child(iq, 'invite')) {
    return group.isAdmin(account.number) ? [node('invite', { code: group.code })] : forbidden
  }
  return [group.describe(directory)]
}

/** Carries out a companion's changes to groups: creates, leaves, joins; administrators also change them. */
export function changeGroups(query: Query): QueryAnswer {
  const { iq, account, groups } = query
  const order = children(iq)[0]
  if (!order) return notFound
  if (order.tag === 'create') return create(query, order)
  if (order.tag === 'leave') return leave(query, order)
  if (order.tag === 'invite' && order.attrs['code'] !== undefined) return join(query, order.attrs['code'])
  const group = groups.find(iq.attrs['to'])
  if (!group?.members.has(account.number)) return group ? forbidden : notFound
  return change(query, group, order)
}

function create({ account, groups, directory }: Query, order: BinaryNode): QueryAnswer {
  const members = children(order, 'participant')
    .map(({ attrs }) => directory.findOrCreatePerson(attrs['jid']))
    .filter((each) => each !== undefined)
  const settings = { subject: order.attrs['subject'] ?? '', creator: account.number }
  const group = groups.create(
    settings,
    members.map(({ number }) => number),
  )
  return [group.describe(directory)]
}

function leave({ account, groups }: Query, order: BinaryNode): QueryAnswer {
  for (const { attrs } of children(order, 'group')) {
    const group = groups.find(attrs['id'])
    if (group) groups.changeMembers(group, account, 'remove', [account])
  }
  return [node('leave')]
}

function join({ account, groups }: Query, code: string): QueryAnswer {
  const group = groups.findByCode(code)
  if (!group) return notFound
  groups.changeMembers(group, account, 'add', [account])
  return [node('group', { jid: group.id })]
}

function change(query: Query, group: Group, order: BinaryNode): QueryAnswer {
  const { account, groups } = query
  const admin = group.isAdmin(account.number)
  const mayEdit = admin || !group.locked
  switch (order.tag) {
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return admin ? changeMembers(query, group, order, order.tag) : forbidden
    case 'subject':
      if (!mayEdit) return forbidden
      groups.setSubject(group, account, textOf(order) ?? '')
      return []
    case 'description':
      if (!mayEdit) return forbidden
      groups.setDescription(group, account, textOf(child(order, 'body')))
      return []
    case 'announcement':
    case 'not_announcement':
    case 'locked':
    case 'unlocked':
      return admin ? setFlag(groups, group, account, order.tag) : forbidden
    case 'ephemeral':
    case 'not_ephemeral':
      if (!mayEdit) return forbidden
      groups.setTimer(group, account, Number(order.attrs['expiration'] ?? 0))
      return []
    case 'member_add_mode':
      if (!admin) return forbidden
      groups.setAddMode(group, account, textOf(order) !== 'all_member_add')
      return []
    case 'membership_approval_mode':
      if (!admin) return forbidden
      groups.setApproval(group, account, child(order, 'group_join')?.attrs['state'] === 'on')
      return []
    case 'invite':
      if (!admin) return forbidden
      groups.renewCode(group, account)
      return [node('invite', { code: group.code })]
    default:
      return []
  }
}

function setFlag(groups: Groups, group: Group, account: Account, flag: GroupFlag): QueryAnswer {
  groups.setFlag(group, account, flag)
  return []
}

/** Changes members and returns each one's result: 404 for an unknown address, 409 if there was nothing to change. */
function changeMembers(query: Query, group: Group, order: BinaryNode, kind: MemberChange): QueryAnswer {
  const { account, groups, directory } = query
  const asked = children(order, 'participant').map(({ attrs: { jid } }) => ({
    jid,
    who: kind === 'add' ? directory.findOrCreatePerson(jid) : directory.find(jid),
  }))
  const known = asked.map(({ who }) => who).filter((who) => who !== undefined)
  const changed = groups.changeMembers(group, account, kind, known)
  const results = asked.map(({ jid, who }) => {
    const error = who === undefined ? '404' : changed.includes(who) ? undefined : '409'
    return node('participant', { jid, error })
  })
  return [node(kind, {}, results)]
}
