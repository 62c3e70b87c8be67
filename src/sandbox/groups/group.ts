import { randomBytes } from 'node:crypto'
import type { Account } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import { lidJid, pnJid } from '../protocol/jids.ts'
import { node, seconds, type BinaryNode } from '../protocol/nodes.ts'
import type { Addressing, Person } from '../people/person.ts'

/** Names a member's role, as stanzas do. */
export type GroupRole = 'member' | 'admin' | 'superadmin'

/** Holds a group in the state file. */
export interface SavedGroup {
  id: string
  subject: string
  description?: string
  addressing: Addressing
  hideNumbers: boolean
  announce: boolean
  locked: boolean
  onlyAdminsAdd?: boolean
  joinApproval?: boolean
  ephemeral?: number
  creator: string
  createdAt: number
  code: string
  members: Record<string, GroupRole>
}

/** Holds the settings of a new group. */
export interface GroupSettings {
  subject: string
  /** The number of the creator, the first administrator. */
  creator: string
  /** Addresses members by LID, as in all newer groups, or by phone number. */
  addressing?: Addressing
  /** Hides members' phone numbers, as in large communities. */
  hideNumbers?: boolean
}

/** Holds a group: its name, settings and members, by phone number. */
export class Group {
  readonly id: string
  subject: string
  description: string | undefined
  /** Only administrators write. */
  announce = false
  /** Only administrators change name and description. */
  locked = false
  /** Only administrators add people. */
  onlyAdminsAdd = false
  /** New members wait for an administrator's approval. */
  joinApproval = false
  /** Seconds after which messages disappear; 0: never. */
  ephemeral = 0
  readonly addressing: Addressing
  readonly hideNumbers: boolean
  readonly creator: string
  readonly createdAt: number
  /** The code of the invitation link. */
  code = newCode()
  readonly members = new Map<string, GroupRole>()

  constructor(settings: GroupSettings, saved?: SavedGroup) {
    this.id = saved?.id ?? newGroupId()
    this.subject = settings.subject
    this.creator = settings.creator
    this.addressing = settings.addressing ?? 'lid'
    this.hideNumbers = settings.hideNumbers ?? false
    this.createdAt = saved?.createdAt ?? Date.now()
    this.members.set(settings.creator, 'superadmin')
    if (saved) this.#load(saved)
  }

  isAdmin(number: string): boolean {
    const role = this.members.get(number)
    return role === 'admin' || role === 'superadmin'
  }

  /** Returns a member's address in this group. */
  addressOf(member: Person | Account, device = 0): string {
    return this.addressing === 'lid' ? lidJid(member.lid, device) : pnJid(member.number, device)
  }

  /** Returns a member's other address, under the attribute that stanzas use for it. */
  otherAddressOf(member: Person | Account): Record<string, string> {
    if (this.addressing === 'pn') return { participant_lid: lidJid(member.lid) }
    return this.hideNumbers ? {} : { participant_pn: pnJid(member.number) }
  }

  participantNode(member: Person | Account): BinaryNode {
    const role = this.members.get(member.number)
    const lid = this.addressing === 'lid'
    return node('participant', {
      jid: this.addressOf(member),
      phone_number: lid && !this.hideNumbers ? pnJid(member.number) : undefined,
      lid: lid ? undefined : lidJid(member.lid),
      type: role === 'member' ? undefined : role,
    })
  }

  /** Returns the full description that the server sends to members. */
  describe(directory: Directory): BinaryNode {
    const members = [...this.members.keys()].map((number) => directory.findNumber(number))
    const creator = directory.findNumber(this.creator)
    const attributes = {
      id: this.id.split('@')[0],
      subject: this.subject,
      s_t: seconds(this.createdAt),
      s_o: creator && this.addressOf(creator),
      creation: seconds(this.createdAt),
      creator: creator && this.addressOf(creator),
      creator_pn: creator && this.addressing === 'lid' ? pnJid(creator.number) : undefined,
      size: this.members.size.toString(),
      addressing_mode: this.addressing,
      a_v_id: seconds(this.createdAt),
    }
    const body = this.description === undefined ? [] : [this.descriptionNode(this.description)]
    const flags = [
      ...(this.announce ? [node('announcement')] : []),
      ...(this.locked ? [node('locked')] : []),
      this.addModeNode(),
      ...(this.joinApproval ? [this.approvalNode()] : []),
      ...(this.ephemeral > 0 ? [this.timerNode()] : []),
    ]
    const participants = members
      .filter((each) => each !== undefined)
      .map((each) => this.participantNode(each))
    return node('group', attributes, [...body, ...flags, ...participants])
  }

  descriptionNode(text: string): BinaryNode {
    const attributes = { id: `${this.createdAt}`, t: seconds() }
    return node('description', attributes, [node('body', {}, Buffer.from(text))])
  }

  addModeNode(): BinaryNode {
    return node('member_add_mode', {}, this.onlyAdminsAdd ? 'admin_add' : 'all_member_add')
  }

  approvalNode(): BinaryNode {
    const state = this.joinApproval ? 'on' : 'off'
    return node('membership_approval_mode', {}, [node('group_join', { state })])
  }

  timerNode(): BinaryNode {
    const { ephemeral } = this
    return ephemeral > 0 ? node('ephemeral', { expiration: ephemeral.toString() }) : node('not_ephemeral')
  }

  renewCode(): string {
    this.code = newCode()
    return this.code
  }

  save(): SavedGroup {
    const { id, subject, description, addressing, hideNumbers, announce, locked, ephemeral } = this
    const { creator, createdAt, code, onlyAdminsAdd, joinApproval } = this
    const members = Object.fromEntries(this.members)
    const saved = {
      id,
      subject,
      addressing,
      hideNumbers,
      announce,
      locked,
      onlyAdminsAdd,
      joinApproval,
      ephemeral,
      creator,
      createdAt,
      code,
      members,
    }
    return description === undefined ? saved : { ...saved, description }
  }

  #load(saved: SavedGroup): void {
    this.description = saved.description
    this.announce = saved.announce
    this.locked = saved.locked
    this.onlyAdminsAdd = saved.onlyAdminsAdd ?? false
    this.joinApproval = saved.joinApproval ?? false
    this.ephemeral = saved.ephemeral ?? 0
    this.code = saved.code
    this.members.clear()
    for (const [number, role] of Object.entries(saved.members)) this.members.set(number, role)
  }
}

/** Tells whether a jid is a group's. */
export function isGroupJid(jid: string | undefined): jid is `${string}@g.us` {
  return jid?.endsWith('@g.us') ?? false
}

/** Creates an id of 18 digits, as newer WhatsApp groups have. */
function newGroupId(): string {
  return `1203634${randomBytes(5).readUIntBE(0, 5).toString().padStart(13, '0').slice(-11)}@g.us`
}

function newCode(): string {
  return randomBytes(16).toString('base64url')
}
