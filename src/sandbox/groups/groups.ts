import { Account } from '../people/account.ts'
import type { Delivery } from '../protocol/delivery.ts'
import type { Directory } from '../people/directory.ts'
import { Group, isGroupJid, type GroupSettings, type SavedGroup } from './group.ts'
import { newStanzaId } from '../protocol/ids.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import { node, seconds, type BinaryNode } from '../protocol/nodes.ts'
import type { Person } from '../people/person.ts'

type Member = Person | Account

/** Names a change to members, as stanzas do. */
export type MemberChange = 'add' | 'remove' | 'promote' | 'demote'

/** Names a switch of a group, as stanzas do. */
export type GroupFlag = 'announcement' | 'not_announcement' | 'locked' | 'unlocked'

/** Keeps the groups of the network. Sends every change to the companions it concerns. */
export class Groups {
  readonly #groups = new Map<string, Group>()
  readonly #directory: Directory
  readonly #delivery: Delivery
  readonly #onChange: () => void

  constructor(directory: Directory, delivery: Delivery, onChange: () => void) {
    this.#directory = directory
    this.#delivery = delivery
    this.#onChange = onChange
  }

  all(): Group[] {
    return [...this.#groups.values()]
  }

  find(jid: string | undefined): Group | undefined {
    if (jid === undefined) return undefined
    return this.#groups.get(isGroupJid(jid) ? jid : `${jid}@g.us`)
  }

  findByCode(code: string): Group | undefined {
    return this.all().find((group) => group.code === code)
  }

  /** @throws Error for an unknown group */
  get(jid: string): Group {
    const group = this.find(jid)
    if (!group) throw new Error(`No group ${jid}`)
    return group
  }

  of(number: string): Group[] {
    return this.all().filter((group) => group.members.has(number))
  }

  create(settings: GroupSettings, numbers: string[]): Group {
    const creator = this.#person(settings.creator)
    const group = new Group({ ...settings, creator: creator.number })
    for (const number of numbers) {
      const member = this.#person(number)
      if (!group.members.has(member.number)) group.members.set(member.number, 'member')
    }
    this.#groups.set(group.id, group)
    this.#announce(group, creator, [node('create', { type: 'new' }, [group.describe(this.#directory)])])
    this.#onChange()
    return group
  }

  /** Changes members and returns those affected. A new member learns of the group. */
  changeMembers(group: Group, actor: Member, change: MemberChange, members: Member[]): Member[] {
    const changed = members.filter((member) => this.#apply(group, change, member))
    if (changed.length === 0) return []
    const people = changed.map((member) => group.participantNode(member))
    const gone = change === 'remove' ? changed : []
    const added = change === 'add' ? changed : []
    this.#announce(group, actor, [node(change, {}, people)], { also: gone, not: added })
    for (const each of added) this.#welcome(group, actor, each)
    if (gone.length > 0) this.#renewKeys(group)
    this.#onChange()
    return changed
  }

  setSubject(group: Group, actor: Member, subject: string): void {
    group.subject = subject
    this.#announce(group, actor, [node('subject', { subject, s_t: seconds(), s_o: group.addressOf(actor) })])
    this.#onChange()
  }

  setDescription(group: Group, actor: Member, description: string | undefined): void {
    group.description = description
    const removed = node('description', { delete: 'true' })
    this.#announce(group, actor, [description === undefined ? removed : group.descriptionNode(description)])
    this.#onChange()
  }

  setFlag(group: Group, actor: Member, flag: GroupFlag): void {
    if (flag.endsWith('announcement')) group.announce = flag === 'announcement'
    else group.locked = flag === 'locked'
    this.#announce(group, actor, [node(flag)])
    this.#onChange()
  }

  /** Sets whether only administrators add people. */
  setAddMode(group: Group, actor: Member, onlyAdminsAdd: boolean): void {
    group.onlyAdminsAdd = onlyAdminsAdd
    this.#announce(group, actor, [group.addModeNode()])
    this.#onChange()
  }

  /** Sets whether new members wait for an administrator's approval. */
  setApproval(group: Group, actor: Member, joinApproval: boolean): void {
    group.joinApproval = joinApproval
    this.#announce(group, actor, [group.approvalNode()])
    this.#onChange()
  }

  /** Changes a member's number; the change is announced in the name of the old number. */
  renumber(group: Group, from: Member, to: Member): void {
    const role = group.members.get(from.number)
    if (role === undefined) throw new Error(`${from.number} is not in ${group.id}`)
    group.members.delete(from.number)
    group.members.set(to.number, role)
    this.#announce(group, from, [node('modify', {}, [group.participantNode(to)])])
    this.#renewKeys(group)
    this.#onChange()
  }

  /** Sets after how many seconds messages disappear from now on; 0: never. */
  setTimer(group: Group, actor: Member, seconds: number): void {
    group.ephemeral = seconds
    this.#announce(group, actor, [group.timerNode()])
    this.#onChange()
  }

  renewCode(group: Group, actor: Member): void {
    this.#announce(group, actor, [node('invite', { code: group.renewCode() })])
    this.#onChange()
  }

  /** Tells a companion that unknown groups exist, so that it asks for all of them. */
  announce({ number }: Account, device: LinkedDevice): void {
    if (this.of(number).length === 0) return
    const dirty = node('dirty', { type: 'groups', timestamp: seconds() })
    this.#delivery.pass(device, node('ib', { from: 's.whatsapp.net' }, [dirty]))
  }

  save(): SavedGroup[] {
    return this.all().map((group) => group.save())
  }

  load(saved: SavedGroup[]): void {
    for (const each of saved) this.#groups.set(each.id, new Group(each, each))
  }

  #apply(group: Group, change: MemberChange, { number }: Member): boolean {
    const role = group.members.get(number)
    switch (change) {
      case 'add':
        if (role === undefined) group.members.set(number, 'member')
        return role === undefined
      case 'remove':
        return group.members.delete(number)
      case 'promote':
      case 'demote':
        if (role === undefined || role === 'superadmin') return false
        group.members.set(number, change === 'promote' ? 'admin' : 'member')
        return true
    }
  }

  #welcome(group: Group, actor: Member, member: Member): void {
    if (!(member instanceof Account)) return
    const content = [node('create', { type: 'new' }, [group.describe(this.#directory)])]
    for (const device of member.devices.values()) {
      this.#delivery.deliver(device, this.#notification(group, actor, content))
    }
  }

  /** Sends a change to every companion of every member, including its author. */
  #announce(
    group: Group,
    actor: Member,
    content: BinaryNode[],
    { also = [], not = [] }: { also?: Member[]; not?: Member[] } = {},
  ): void {
    const members = [...group.members.keys()].map((number) => this.#directory.findNumber(number))
    const notification = this.#notification(group, actor, content)
    for (const member of [...members, ...also]) {
      if (!(member instanceof Account) || not.includes(member)) continue
      for (const device of member.devices.values()) this.#delivery.deliver(device, notification)
    }
  }

  #notification(group: Group, actor: Member, content: BinaryNode[]): BinaryNode {
    const attributes = {
      from: group.id,
      type: 'w:gp2',
      id: newStanzaId(),
      participant: group.addressOf(actor),
      t: seconds(),
      notify: actor.name,
      addressing_mode: group.addressing,
      ...group.otherAddressOf(actor),
    }
    return node('notification', attributes, content)
  }

  /** Renews the sender keys, so that former members cannot read on. */
  #renewKeys(group: Group): void {
    for (const number of group.members.keys()) {
      const member = this.#directory.findNumber(number)
      const parties = member instanceof Account ? [member.party] : (member?.devices.values() ?? [])
      for (const party of parties) party.senderKeys.renew(group.id)
    }
  }

  #person(number: string): Member {
    const found = this.#directory.find(number) ?? this.#directory.findNumber(number.replace(/\D/g, ''))
    if (!found) throw new Error(`No one has the number ${number}`)
    return found
  }
}
