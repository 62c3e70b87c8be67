import type { AccountId } from '../domain/account.ts'
import { AppError } from '../domain/errors.ts'
import type {
  Group,
  GroupChange,
  GroupInfo,
  GroupMember,
  GroupMode,
  GroupRole,
  Sender,
} from '../domain/group.ts'
import { phoneJid } from '../domain/jid.ts'
import type { GroupRecords } from '../domain/ports.ts'
import { findAccount } from '../storage/accounts.ts'
import type { ChatSeen } from '../storage/chats.ts'
import {
  addMembers,
  changeGroup,
  findGroup,
  findSubject,
  groupNameOf,
  listPeople,
  makeGroupCustomer,
  removeMembers,
  replaceGroup,
  setRole,
} from '../storage/groups.ts'
import type { Store } from '../storage/store.ts'
import type { Trx } from '../storage/tables.ts'

/** More members are not shown at once. */
const mostPeople = 2000

export interface GroupShown {
  group: Group
  people: (Sender & { role: GroupRole })[]
}

/** The groups of an account: what they are called and who is in them. */
export class Groups implements GroupRecords {
  private readonly store: Store
  private readonly mode: GroupMode

  constructor(parts: { store: Store; groupMode: GroupMode }) {
    this.store = parts.store
    this.mode = parts.groupMode
  }

  find(accountId: AccountId, jid: string): Promise<Group | undefined> {
    return findGroup(this.store.read, accountId, jid)
  }

  /** The group with its members as people are shown. @throws AppError not_found */
  async get(accountId: AccountId, jid: string): Promise<GroupShown> {
    const group = await this.find(accountId, jid)
    if (!group) throw new AppError('not_found', 'No such group')
    return { group, people: await listPeople(this.store.read, accountId, jid, mostPeople) }
  }

  async describe(accountId: AccountId, groups: readonly GroupInfo[]): Promise<void> {
    if (this.mode === 'ignore') return
    for (const group of groups) {
      await this.store.write(async (trx) => {
        const isMember = includes(group.members, await ownJids(trx, accountId))
        await replaceGroup(trx, accountId, { ...group, isMember })
      })
    }
  }

  async change(accountId: AccountId, changes: readonly GroupChange[]): Promise<void> {
    if (this.mode === 'ignore' || changes.length === 0) return
    await this.store.write(async (trx) => {
      for (const change of changes) await this.apply(trx, accountId, change)
    })
  }

  async gone(accountId: AccountId, jid: string): Promise<void> {
    await this.store.write((trx) => changeGroup(trx, accountId, jid, { isMember: false }))
  }

  private async apply(trx: Trx, accountId: AccountId, change: GroupChange): Promise<void> {
    const { jid } = change
    if ((await findSubject(trx, accountId, jid)) === undefined) return
    switch (change.kind) {
      case 'facts':
        await changeGroup(trx, accountId, jid, change.facts)
        return
      case 'joined':
        await addMembers(trx, accountId, jid, change.members)
        if (includes(change.members, await ownJids(trx, accountId))) {
          await changeGroup(trx, accountId, jid, { isMember: true })
        }
        return
      case 'left': {
        await removeMembers(trx, accountId, jid, change.jids)
        const own = await ownJids(trx, accountId)
        if (change.jids.some((left) => own.includes(left))) {
          await changeGroup(trx, accountId, jid, { isMember: false })
        }
        return
      }
      case 'role':
        return setRole(trx, accountId, jid, change)
    }
  }
}

/** Under which jids the account itself stands among the members of groups. */
async function ownJids(trx: Trx, accountId: AccountId): Promise<string[]> {
  const { phone, lid } = (await findAccount(trx, accountId)) ?? { phone: null, lid: null }
  return [phone === null ? null : phoneJid(phone), lid].filter((jid) => jid !== null)
}

function includes(members: readonly GroupMember[], jids: readonly string[]): boolean {
  return members.some(({ jid, otherJid }) => jids.includes(jid) || jids.includes(otherJid ?? ''))
}

/** The chat of a group as the mode wants it: only `full` gives it a customer, and with it conversations. */
export async function meetGroup(
  trx: Trx,
  group: { accountId: AccountId; chat: ChatSeen; mode: GroupMode; at: Date },
): Promise<ChatSeen> {
  const { accountId, chat, mode, at } = group
  if (mode !== 'full') return { ...chat, customerId: null }
  if (chat.customerId !== null) return chat
  const subject = await groupNameOf(trx, chat.id)
  return { ...chat, customerId: await makeGroupCustomer(trx, accountId, { id: chat.id, subject, at }) }
}
