import type { AccountId } from '../../core/ids.ts'
import type { GroupAddressing, GroupRole } from '../../features/chats/group.ts'

type Flag = 0 | 1

/** Groups as WhatsApp last described them. */
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
  /** New members wait for an administrator's approval. */
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

/** Writers in groups, under the jid of the message: the name they chose, and both of their addresses. */
interface SendersTable {
  account_id: AccountId
  jid: string
  phone: string | null
  push_name: string | null
  /** Without the @. */
  username: string | null
}

/** Lists the tables of groups. */
export interface GroupTables {
  groups: GroupsTable
  group_members: GroupMembersTable
  senders: SendersTable
}
