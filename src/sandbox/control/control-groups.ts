import { ControlError, readString, type Fields } from './control-request.ts'
import type { Group, GroupRole } from '../groups/group.ts'
import { digitsOf } from '../protocol/jids.ts'
import type { Network } from '../network.ts'

/** Holds a group as the control API shows it. */
export interface GroupView {
  /** The jid that messages are sent to. */
  id: string
  subject: string
  description?: string
  addressing: 'pn' | 'lid'
  announce: boolean
  locked: boolean
  onlyAdminsAdd: boolean
  joinApproval: boolean
  /** Seconds after which messages disappear; 0: never. */
  ephemeral: number
  creator: string
  members: { number: string; role: GroupRole }[]
}

/** Describes a group to create. */
export interface GroupRequest {
  subject: string
  creator: string
  members: string[]
  /** `lid` by default. */
  addressing?: 'pn' | 'lid'
  /** Hides members' phone numbers from companions. */
  hideNumbers?: boolean
}

/** Shows a group. */
export function presentGroup(group: Group): GroupView {
  const { id, subject, description, addressing, announce, locked, ephemeral, creator } = group
  const members = [...group.members].map(([number, role]) => ({ number, role }))
  const { onlyAdminsAdd, joinApproval } = group
  const settings = { addressing, announce, locked, onlyAdminsAdd, joinApproval, ephemeral }
  const view = { id, subject, ...settings, creator, members }
  return description === undefined ? view : { ...view, description }
}

/** Shows all groups of the network. */
export function listGroups(network: Network): GroupView[] {
  return network.groups.all().map(presentGroup)
}

/** Finds a group by its id. @throws ControlError 404 */
export function groupOf(network: Network, id: string | undefined): Group {
  const group = network.groups.find(id)
  if (!group) throw new ControlError(404, `No group ${id}`)
  return group
}

/** Creates a group from a request. */
export function makeGroup(network: Network, body: Fields): GroupView {
  const settings = {
    subject: body.required('subject', 'string'),
    creator: digitsOf(body.required('creator', 'string')),
    addressing: body.oneOf('addressing', ['pn', 'lid'] as const) ?? 'lid',
    hideNumbers: body.optional('hideNumbers', 'boolean') ?? false,
  }
  const members = body.list('members', readString) ?? []
  body.end()
  return presentGroup(network.groups.create(settings, members))
}

/** Changes a group's settings. Omitted fields stay; `description: null` removes it. */
export function changeGroup(network: Network, group: Group, body: Fields): GroupView {
  const by = network.member(body.optional('by', 'string') ?? group.creator)
  const subject = body.optional('subject', 'string')
  const description = body.raw('description')
  const [announce, locked] = [body.optional('announce', 'boolean'), body.optional('locked', 'boolean')]
  const onlyAdminsAdd = body.optional('onlyAdminsAdd', 'boolean')
  const joinApproval = body.optional('joinApproval', 'boolean')
  const ephemeral = body.optional('ephemeral', 'number')
  body.end()
  if (description !== undefined && description !== null && typeof description !== 'string') {
    throw new ControlError(400, 'description must be a string or null')
  }
  const { groups } = network
  if (subject !== undefined) groups.setSubject(group, by, subject)
  if (description !== undefined) groups.setDescription(group, by, description ?? undefined)
  if (announce !== undefined) groups.setFlag(group, by, announce ? 'announcement' : 'not_announcement')
  if (locked !== undefined) groups.setFlag(group, by, locked ? 'locked' : 'unlocked')
  if (onlyAdminsAdd !== undefined) groups.setAddMode(group, by, onlyAdminsAdd)
  if (joinApproval !== undefined) groups.setApproval(group, by, joinApproval)
  if (ephemeral !== undefined) groups.setTimer(group, by, ephemeral)
  return presentGroup(group)
}

/** Adds, removes, promotes or demotes members. */
export function changeGroupMembers(network: Network, group: Group, body: Fields): GroupView {
  const by = network.member(body.optional('by', 'string') ?? group.creator)
  const change = body.oneOf('change', ['add', 'remove', 'promote', 'demote'] as const)
  const members = (body.list('members', readString) ?? []).map((number) => network.member(number))
  body.end()
  if (change === undefined) throw new ControlError(400, 'change is missing')
  network.groups.changeMembers(group, by, change, members)
  return presentGroup(group)
}

/** Turns the member `from` into `to`, another person of the network: so a group sees a changed number. */
export function renumberGroupMember(network: Network, group: Group, body: Fields): GroupView {
  const from = network.member(body.required('from', 'string'))
  const to = network.member(body.required('to', 'string'))
  body.end()
  network.groups.renumber(group, from, to)
  return presentGroup(group)
}
