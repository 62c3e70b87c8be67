import { getAllBinaryNodeChildren, getBinaryNodeChild } from '@whiskeysockets/baileys'
import type { BinaryNode, GroupMetadata } from '@whiskeysockets/baileys'
import { extractGroupMetadata } from '../baileys-internals.ts'
import type { AccountId } from '../../core/ids.ts'
import type {
  Group,
  GroupChange,
  GroupFacts,
  GroupInfo,
  GroupMember,
  GroupUpdate,
  GroupRole,
} from '../../features/chats/group.ts'
import type { LidMapping } from '../../core/messages/incoming.ts'
import { bareJid, jidKind, lidAndPhone } from '../../core/jid.ts'
import type { GroupRecords, Inbound } from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'
import { manyLines, oneLine } from '../../util/text.ts'
import { maxTimerSeconds } from '../content/checked.ts'
import { storeMappings } from '../messages/mappings.ts'
import { bytesOf } from '../connection/nodes.ts'

/** Our own bound: a community's announcement group has up to some thousands of members. */
const maxMembers = 20_000
const subjectLength = 200
const descriptionLength = 4096
/** Groups seen within this time are requested together. */
const gatherMs = 1000
/** More unknown groups than this are requested with one query for all. */
const maxSingle = 3
/** Pause before a group without an answer is asked for again. */
const againMs = 10 * 60_000
const maxKnown = 5000

/** Queries to WhatsApp about groups. */
interface GroupQueries {
  one(jid: string): Promise<GroupMetadata>
  /** Requests all of the account's groups; the answer also arrives at {@link GroupDirectory.told}. */
  all(): Promise<unknown>
}

/** Holds the dependencies of the directory. */
export interface GroupDirectoryParts {
  accountId: AccountId
  records: Pick<GroupRecords, 'find' | 'describe' | 'change' | 'gone'>
  inbound: Pick<Inbound, 'mappings'>
  queries: GroupQueries
  log: Logger
}

/**
 * Knows the groups for one socket: asks WhatsApp only for groups that are not stored, each once at a time, and many
 * with one query.
 */
export class GroupDirectory {
  private readonly parts: GroupDirectoryParts
  private readonly asking = new Map<string, Promise<Group | undefined>>()
  /** Groups that are stored, or that were requested without success; until when the latter are left alone. */
  private readonly settled = new Map<string, number>()
  private readonly wanted = new Set<string>()
  private gathering: NodeJS.Timeout | undefined

  constructor(parts: GroupDirectoryParts) {
    this.parts = parts
  }

  /** Returns a group for the library's sending; undefined makes it ask WhatsApp itself. */
  async metadata(jid: string): Promise<GroupMetadata | undefined> {
    const group = await this.find(jid)
    return group?.isMember && group.members.length > 0 ? toMetadata(group) : undefined
  }

  /** Tells whether the account is a member. Rejects if WhatsApp does not answer. */
  async isMember(jid: string): Promise<boolean> {
    return (await this.find(jid))?.isMember ?? false
  }

  /** Notes groups that were seen: unknown ones are requested soon. */
  want(jids: readonly string[]): void {
    const now = performance.now()
    for (const jid of jids) if ((this.settled.get(jid) ?? 0) <= now) this.wanted.add(jid)
    if (this.wanted.size === 0) return
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined
      this.fetchWanted().catch((error: unknown) => {
        const { accountId, log } = this.parts
        log.warn({ account: accountId, err: error }, 'groups could not be fetched')
      })
    }, gatherMs)
  }

  /**
   * Stores complete descriptions from WhatsApp. Members' mappings are stored first: a stored group is not requested
   * again, so nothing of it may be missing then.
   */
  async told(groups: readonly GroupMetadata[], update?: GroupUpdate): Promise<void> {
    const { accountId, records } = this.parts
    await storeMappings(this.parts, groups.flatMap(mappingsInGroup), new Date())
    await records.describe(accountId, groups.map(toGroupInfo), update)
    for (const { id } of groups) this.settle(id, Infinity)
  }

  /** Applies a notification about a group; its changes are on disk when this resolves. */
  async notified(node: BinaryNode): Promise<void> {
    const { accountId, records } = this.parts
    const jid = bareJid(node.attrs['from'] ?? '')
    await storeMappings(this.parts, mappingsInUpdate(node), new Date())
    const about = { ...headOfUpdate(node), jid }
    const children = getAllBinaryNodeChildren(node)
    for (const child of children) {
      if (child.tag === 'create') await this.created(createdGroups(child), about)
      else if (child.tag === 'delete') await records.gone(accountId, jid)
    }
    const changes = children.flatMap(groupChanges)
    if (changes.length > 0) await this.changed({ ...about, changes })
  }

  /** Stores a group whose creation, or the account's addition to it, was announced: all its members joined. */
  private async created(
    groups: readonly GroupMetadata[],
    about: Omit<GroupUpdate, 'changes'>,
  ): Promise<void> {
    const members = groups.flatMap((group) => toGroupInfo(group).members)
    await this.told(groups, { ...about, changes: [{ kind: 'joined', members }] })
  }

  /** Applies changes; requests an unknown group, and one that the account has rejoined: others have changed since. */
  private async changed(update: GroupUpdate): Promise<void> {
    const { accountId, records, log } = this.parts
    const known = await records.find(accountId, update.jid)
    const isBack = known?.isMember === false && update.changes.some(({ kind }) => kind === 'joined')
    if (!known || isBack) {
      const asked = await this.ask(update.jid, update).catch((error: unknown) => {
        log.warn({ account: accountId, err: error }, 'a changed group could not be fetched')
      })
      if (asked && !known) return
    }
    await records.change(accountId, update)
  }

  stop(): void {
    clearTimeout(this.gathering)
  }

  private async find(jid: string): Promise<Group | undefined> {
    const { accountId, records } = this.parts
    return (await records.find(accountId, jid)) ?? this.ask(jid)
  }

  /** Requests a group, once at a time. */
  private ask(jid: string, update?: GroupUpdate): Promise<Group | undefined> {
    const running = this.asking.get(jid)
    if (running) return running
    const query = this.query(jid, update).finally(() => this.asking.delete(jid))
    this.asking.set(jid, query)
    return query
  }

  private async query(jid: string, update?: GroupUpdate): Promise<Group | undefined> {
    try {
      const metadata = await this.parts.queries.one(jid)
      await this.told([metadata], update)
      return { ...toGroupInfo(metadata), isMember: true }
    } catch (error) {
      this.settle(jid, performance.now() + againMs)
      // 401, 403, 404: no such group, or not for this account. Other errors are transient.
      if ([401, 403, 404].includes(statusOf(error))) return undefined
      throw error
    }
  }

  private async fetchWanted(): Promise<void> {
    const { accountId, records, queries } = this.parts
    const unknown: string[] = []
    for (const jid of this.wanted) {
      if (await records.find(accountId, jid)) this.settle(jid, Infinity)
      else unknown.push(jid)
    }
    this.wanted.clear()
    if (unknown.length > maxSingle) {
      for (const jid of unknown) this.settle(jid, performance.now() + againMs)
      await queries.all()
    } else for (const jid of unknown) await this.ask(jid)
  }

  private settle(jid: string, until: number): void {
    if (this.settled.size >= maxKnown) this.settled.clear()
    this.settled.set(jid, until)
  }
}

/** Reads the created groups; empty for an invalid description, which would otherwise come again and again. */
function createdGroups(created: BinaryNode): GroupMetadata[] {
  try {
    return [extractGroupMetadata(created)]
  } catch {
    return []
  }
}

/** Returns the members' mappings; empty if the group hides the numbers. */
function mappingsInGroup({
  participants,
  owner,
  ownerPn,
  descOwner,
  descOwnerPn,
}: GroupMetadata): LidMapping[] {
  return [
    lidAndPhone(owner, ownerPn),
    lidAndPhone(descOwner, descOwnerPn),
    ...participants
      .slice(0, maxMembers)
      .map(({ id, phoneNumber, lid }) => lidAndPhone(id, phoneNumber ?? lid)),
  ].filter((mapping) => mapping !== undefined)
}

/** Reads the author and time of changes: WhatsApp stamps whole seconds, and this device may have been away. */
function headOfUpdate({ attrs }: BinaryNode): Pick<GroupUpdate, 'by' | 'at'> {
  const stamped = Number(attrs['t']) * 1000
  const now = Date.now()
  const at = stamped > 0 && stamped < now ? Math.min(now, stamped + 999) : now
  const by = [attrs['participant'], attrs['participant_pn'] ?? attrs['participant_lid']]
  return { at: new Date(at), by: by.filter((jid) => jid !== undefined).map(bareJid) }
}

/** Returns the mappings of a change's author and of its subjects. */
function mappingsInUpdate({ attrs, content }: BinaryNode): LidMapping[] {
  const people = Array.isArray(content) ? content.flatMap(participantsOf) : []
  return [
    lidAndPhone(attrs['participant'], attrs['participant_pn'] ?? attrs['participant_lid']),
    ...people.map(({ attrs: named }) => lidAndPhone(named['jid'], named['phone_number'] ?? named['lid'])),
  ].filter((mapping) => mapping !== undefined)
}

function statusOf(error: unknown): number {
  const { output, data } = error as { output?: { statusCode?: number }; data?: unknown }
  return output?.statusCode ?? Number(data ?? 0)
}

function toGroupInfo(metadata: GroupMetadata): GroupInfo {
  return {
    jid: bareJid(metadata.id),
    subject: subjectOf(metadata.subject),
    description: descriptionOf(metadata.desc),
    addressing: String(metadata.addressingMode) === 'lid' ? 'lid' : 'pn',
    announce: metadata.announce === true,
    locked: metadata.restrict === true,
    onlyAdminsAdd: metadata.memberAddMode !== true,
    joinApproval: metadata.joinApprovalMode === true,
    disappearsAfter: timerOf(metadata.ephemeralDuration),
    members: metadata.participants
      .slice(0, maxMembers)
      .map(({ id, phoneNumber, lid, admin }) => member(id, phoneNumber ?? lid, admin ?? undefined))
      .filter((each) => each !== undefined),
  }
}

/** Converts a stored group to the library's form. */
function toMetadata(group: Group): GroupMetadata {
  return {
    id: group.jid,
    subject: group.subject,
    owner: undefined,
    addressingMode: group.addressing as NonNullable<GroupMetadata['addressingMode']>,
    announce: group.announce,
    participants: group.members.map(({ jid, role }) => ({ id: jid, admin: role === 'member' ? null : role })),
    ...(group.disappearsAfter === null ? {} : { ephemeralDuration: group.disappearsAfter }),
  }
}

const roleChanges: Partial<Record<string, GroupRole>> = { promote: 'admin', demote: 'member' }

/** Reads the changes in one element of a group notification (`w:gp2`); empty if none concerns us. */
function groupChanges(child: BinaryNode): GroupChange[] {
  const facts = (changed: Partial<GroupFacts>): GroupChange[] => [{ kind: 'facts', facts: changed }]
  const role = roleChanges[child.tag]
  if (role !== undefined) return [{ kind: 'role', jids: jidsIn(child), role }]
  switch (child.tag) {
    case 'subject':
      return facts({ subject: subjectOf(child.attrs['subject']) })
    case 'description': {
      const body = getBinaryNodeChild(child, 'body')
      return facts({ description: descriptionOf(bytesOf(body)?.toString('utf8')) })
    }
    case 'announcement':
    case 'not_announcement':
      return facts({ announce: child.tag === 'announcement' })
    case 'locked':
    case 'unlocked':
      return facts({ locked: child.tag === 'locked' })
    case 'member_add_mode':
      return facts({ onlyAdminsAdd: bytesOf(child)?.toString('utf8') !== 'all_member_add' })
    case 'membership_approval_mode':
      return facts({ joinApproval: getBinaryNodeChild(child, 'group_join')?.attrs['state'] === 'on' })
    case 'ephemeral':
    case 'not_ephemeral':
      return facts({ disappearsAfter: timerOf(child.attrs['expiration']) })
    case 'modify':
      return membersIn(child).map((renumbered) => ({ kind: 'renumbered', member: renumbered }))
    case 'add':
      return [{ kind: 'joined', members: membersIn(child) }]
    case 'remove':
    case 'leave':
      return [{ kind: 'left', jids: jidsIn(child) }]
    default:
      return []
  }
}

function membersIn(node: BinaryNode): GroupMember[] {
  return participantsOf(node)
    .map(({ attrs }) => member(attrs['jid'], attrs['phone_number'] ?? attrs['lid'], attrs['type']))
    .filter((each) => each !== undefined)
}

/** Returns both addresses of the people named. */
function jidsIn(node: BinaryNode): string[] {
  return participantsOf(node)
    .flatMap(({ attrs }) => [attrs['jid'], attrs['phone_number'], attrs['lid']])
    .filter((jid) => jid !== undefined)
    .map(bareJid)
}

function participantsOf(node: BinaryNode): BinaryNode[] {
  return getAllBinaryNodeChildren(node)
    .filter(({ tag }) => tag === 'participant')
    .slice(0, maxMembers)
}

function member(
  jid: string | undefined,
  otherJid: string | undefined,
  role: string | undefined,
): GroupMember | undefined {
  if (jid === undefined || jidKind(bareJid(jid)) === 'other') return undefined
  const known = role === 'admin' || role === 'superadmin' ? role : 'member'
  return { jid: bareJid(jid), otherJid: otherJid === undefined ? null : bareJid(otherJid), role: known }
}

/** Reads the timer in seconds; null for none or an invalid one. */
function timerOf(seconds: unknown): number | null {
  const whole = Math.trunc(Number(seconds))
  return whole > 0 && whole <= maxTimerSeconds ? whole : null
}

function subjectOf(subject: unknown): string {
  return oneLine(subject, subjectLength)
}

function descriptionOf(description: unknown): string | null {
  return manyLines(description, descriptionLength) || null
}
