import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { maxListed } from '../../core/events.ts'
import { differenceOf, isDifferent, newFacts, noDifference, presentDifference } from './group-diff.ts'
import type { GroupDifference } from './group-diff.ts'
import type {
  Group,
  GroupChange,
  GroupInfo,
  GroupMember,
  GroupMode,
  GroupUpdate,
  GroupRole,
  Participant,
} from './group.ts'
import { jidKind } from '../../core/jid.ts'
import type { GroupRecords } from '../../core/ports.ts'
import { findAccount } from '../accounts/records.ts'
import type { ChatSeen } from '../contacts/records.ts'
import { appendEvent } from '../events/records.ts'
import {
  addMembers,
  changeGroup,
  findGroup,
  findSubject,
  groupNameOf,
  listPeople,
  makeGroupCustomer,
  membersAmong,
  nameChat,
  removeMembers,
  replaceGroup,
  setRole,
} from './queries/groups.ts'
import { findChatUnder } from '../contacts/records.ts'
import { setTimer } from './queries/chats.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { allAddresses } from '../contacts/identity.ts'
import { jidsOfAccount } from '../accounts/own-address.ts'

/** The maximum number of members shown. */
const maxPeople = 2000

/** Holds a group with its members as people are shown. */
export interface GroupShown {
  group: Group
  people: (Participant & { role: GroupRole })[]
}

/** Says which group changed, how, when, and by whom. */
interface ReportedChange {
  accountId: AccountId
  jid: string
  by: readonly string[]
  at: Date
}

/** Keeps the groups of an account, with names and members. */
export class Groups implements GroupRecords {
  private readonly store: Store
  private readonly mode: GroupMode
  private readonly clock: Clock

  constructor(parts: { store: Store; groupMode: GroupMode; clock: Clock }) {
    this.store = parts.store
    this.mode = parts.groupMode
    this.clock = parts.clock
  }

  find(accountId: AccountId, jid: string): Promise<Group | undefined> {
    return findGroup(this.store.read, accountId, jid)
  }

  /** Returns the group with its members as people are shown. @throws AppError not_found */
  async get(accountId: AccountId, jid: string): Promise<GroupShown> {
    const group = await this.find(accountId, jid)
    if (!group) throw new AppError('not_found', 'No such group')
    return { group, people: await listPeople(this.store.read, accountId, jid, maxPeople) }
  }

  /**
   * Stores a complete description. The first one is not reported, since all groups arrive at the linking, unless it
   * follows from the account's being added.
   */
  async describe(accountId: AccountId, groups: readonly GroupInfo[], update?: GroupUpdate): Promise<void> {
    if (this.mode === 'ignore') return
    for (const info of groups) {
      await this.store.write(async (trx) => {
        const own = await ownJids(trx, accountId)
        const group = { ...info, isMember: includes(info.members, own) }
        const before = await findGroup(trx, accountId, info.jid)
        await replaceGroup(trx, accountId, group)
        const { by = [], at = this.clock.now() } = update ?? {}
        const told = { accountId, jid: info.jid, by, at }
        if (before) return this.report(trx, told, differenceOf(before, group))
        await setGroupTimer(trx, told, info.disappearsAfter)
        if (!group.isMember || !hasJoined(update, own)) return
        const facts = { isMember: true, subject: info.subject }
        await this.report(trx, told, { ...noDifference(), facts })
      })
    }
  }

  async change(accountId: AccountId, { changes, ...update }: GroupUpdate): Promise<void> {
    if (this.mode === 'ignore') return
    await this.store.write(async (trx) => {
      for (const change of changes) {
        const group = await findGroup(trx, accountId, update.jid)
        if (!group) return
        await this.report(
          trx,
          { ...update, accountId },
          await apply(trx, accountId, { group, change, by: update.by }),
        )
      }
    })
  }

  async gone(accountId: AccountId, jid: string): Promise<void> {
    await this.store.write(async (trx) => {
      const group = await findGroup(trx, accountId, jid)
      if (!group?.isMember) return
      const facts = { isMember: false }
      await changeGroup(trx, accountId, jid, facts)
      await this.report(trx, { accountId, jid, by: [], at: this.clock.now() }, { ...noDifference(), facts })
    })
  }

  async channelName(accountId: AccountId, jid: string): Promise<string | undefined> {
    return (await findSubject(this.store.read, accountId, jid)) ?? undefined
  }

  /** Names a channel's chat; does nothing if the chat does not exist because its posts are not kept. */
  async nameChannel(accountId: AccountId, jid: string, name: string): Promise<void> {
    await this.store.write((trx) => nameChat(trx, accountId, jid, name))
  }

  private async report(trx: Trx, update: ReportedChange, difference: GroupDifference): Promise<void> {
    if (!isDifferent(difference)) return
    const { accountId, jid, by } = update
    const timer = difference.facts.disappearsAfter
    if (timer !== undefined) await setGroupTimer(trx, update, timer)
    const chatId = (await findChatUnder(trx, accountId, jid))?.id ?? null
    const known = await allAddresses(trx, accountId, by)
    const shown = known.find((each) => jidKind(each) === 'phone') ?? known[0] ?? null
    const told = await withNumbers(trx, accountId, difference)
    const data = { jid, chatId, by: shown, changes: presentDifference(told) }
    await appendEvent(trx, { name: 'group.updated', accountId, chatId, data }, this.clock.now())
  }
}

/** Applies one change and returns the differences. */
async function apply(
  trx: Trx,
  accountId: AccountId,
  { group, change, by }: { group: Group; change: GroupChange; by: readonly string[] },
): Promise<GroupDifference> {
  const { jid } = group
  switch (change.kind) {
    case 'facts': {
      const facts = newFacts(group, change.facts)
      await changeGroup(trx, accountId, jid, facts)
      return { ...noDifference(), facts }
    }
    case 'joined': {
      const jids = change.members.flatMap((each) => [each.jid, each.otherJid ?? each.jid])
      const known = new Set((await membersAmong(trx, accountId, jid, jids)).map((each) => each.jid))
      await addMembers(trx, accountId, jid, change.members)
      const added = change.members.filter((each) => !known.has(each.jid))
      return {
        ...noDifference(),
        added,
        facts: await membership(trx, accountId, group, { isMember: true, of: added }),
      }
    }
    case 'left': {
      const removed = await membersAmong(trx, accountId, jid, change.jids)
      await removeMembers(trx, accountId, jid, change.jids)
      const facts = await membership(trx, accountId, group, { isMember: false, of: removed })
      return { ...noDifference(), removed, facts }
    }
    case 'role': {
      const known = await membersAmong(trx, accountId, jid, change.jids)
      await setRole(trx, accountId, jid, change)
      const others = known.filter(({ role }) => role !== change.role)
      return { ...noDifference(), ...(change.role === 'member' ? { demoted: others } : { promoted: others }) }
    }
    case 'renumbered':
      return renumber(trx, accountId, group, { by, member: change.member })
    default:
      return change satisfies never
  }
}

/**
 * Replaces a member's number; WhatsApp reports it in the name of the old one. In groups with LIDs only the number
 * beside the LID may be new. Does nothing if the old member is unknown, or the new one exists.
 */
async function renumber(
  trx: Trx,
  accountId: AccountId,
  group: Group,
  { by, member }: { by: readonly string[]; member: GroupMember },
): Promise<GroupDifference> {
  const [same] = await membersAmong(trx, accountId, group.jid, [member.jid])
  const from = same ?? (await membersAmong(trx, accountId, group.jid, by))[0]
  if (!from) return noDifference()
  const to = { ...member, otherJid: member.otherJid ?? same?.otherJid ?? null, role: from.role }
  if (same && same.otherJid === to.otherJid) return noDifference()
  await removeMembers(trx, accountId, group.jid, [from.jid])
  await addMembers(trx, accountId, group.jid, [to])
  return { ...noDifference(), renumbered: [{ from, to }] }
}

/** Adds the numbers known from elsewhere to the people of an event. */
async function withNumbers(
  trx: Trx,
  accountId: AccountId,
  difference: GroupDifference,
): Promise<GroupDifference> {
  const complete = async (members: readonly GroupMember[]) => {
    const named: GroupMember[] = []
    for (const member of members.slice(0, maxListed)) {
      const known = member.otherJid === null ? await allAddresses(trx, accountId, [member.jid]) : []
      named.push({ ...member, otherJid: member.otherJid ?? known.find((jid) => jid !== member.jid) ?? null })
    }
    return [...named, ...members.slice(maxListed)]
  }
  const { facts, added, removed, promoted, demoted, renumbered } = difference
  return {
    facts,
    added: await complete(added),
    removed: await complete(removed),
    promoted: await complete(promoted),
    demoted: await complete(demoted),
    renumbered,
  }
}

/** Tells whether the account itself has joined or left. */
async function membership(
  trx: Trx,
  accountId: AccountId,
  group: Group,
  { isMember, of }: { isMember: boolean; of: readonly GroupMember[] },
): Promise<GroupDifference['facts']> {
  if (group.isMember === isMember || !includes(of, await ownJids(trx, accountId))) return {}
  await changeGroup(trx, accountId, group.jid, { isMember })
  return { isMember }
}

async function setGroupTimer(
  trx: Trx,
  { accountId, jid, at }: ReportedChange,
  seconds: number | null,
): Promise<void> {
  const chat = await findChatUnder(trx, accountId, jid)
  if (chat) await setTimer(trx, chat.id, { seconds: seconds ?? 0, at })
}
/** Returns the account's own jids among the members of groups. */
async function ownJids(trx: Trx, accountId: AccountId): Promise<string[]> {
  return jidsOfAccount((await findAccount(trx, accountId)) ?? { phone: null, lid: null })
}

/** Tells whether an update says that one of these jids joined the group. */
function hasJoined(update: GroupUpdate | undefined, jids: readonly string[]): boolean {
  return update?.changes.some((change) => change.kind === 'joined' && includes(change.members, jids)) ?? false
}

function includes(members: readonly GroupMember[], jids: readonly string[]): boolean {
  return members.some(({ jid, otherJid }) => jids.includes(jid) || jids.includes(otherJid ?? ''))
}

/**
 * Finds or creates a group's chat as the mode demands: only `full` gives it a customer, and with it conversations.
 */
export async function findOrCreateGroupChat(
  trx: Trx,
  chat: ChatSeen,
  { accountId, mode, at }: { accountId: AccountId; mode: GroupMode; at: Date },
): Promise<ChatSeen> {
  if (mode !== 'full') return { ...chat, customerId: null }
  if (chat.customerId !== null) return chat
  const subject = await groupNameOf(trx, chat.id)
  return { ...chat, customerId: await makeGroupCustomer(trx, accountId, { id: chat.id, subject, at }) }
}
