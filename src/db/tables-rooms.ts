import type { AccountId } from '../core/ids.ts'
import type { GroupAddressing, GroupRole } from '../features/chats/group.ts'

type Flag = 0 | 1

export interface GroupsTable {
  account_id: AccountId
  jid: string
  subject: string
  description: string | null
  addressing: GroupAddressing
  announce: Flag
  /** Only administrators change name and description. */
  locked: Flag
  /** Only administrators add people. */
  only_admins_add: Flag
  /** Who asks to join waits for an administrator. */
  join_approval: Flag
  /** Seconds. */
  disappears_after: number | null
  is_member: Flag
}

interface GroupMembersTable {
  account_id: AccountId
  group_jid: string
  jid: string
  other_jid: string | null
  role: GroupRole
}

/** Who wrote in groups, under the jid of the message: what they call themselves, and both of their addresses. */
interface SendersTable {
  account_id: AccountId
  jid: string
  phone: string | null
  push_name: string | null
}

export interface RoomTables {
  groups: GroupsTable
  group_members: GroupMembersTable
  senders: SendersTable
}
