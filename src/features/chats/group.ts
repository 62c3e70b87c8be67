/**
 * What becomes of messages in groups. `ignore` gives WhatsApp its receipts and keeps nothing; `store` keeps and shows them;
 * `full` gives groups conversations too, and lets the bot answer in those where it is switched on by name.
 */
export const groupModes = ['ignore', 'store', 'full'] as const
export type GroupMode = (typeof groupModes)[number]

export const groupRoles = ['member', 'admin', 'superadmin'] as const
export type GroupRole = (typeof groupRoles)[number]

/** Whether a group names its members by LID, as all newer ones do, or by phone number. */
export type GroupAddressing = 'pn' | 'lid'

export interface GroupMember {
  /** The jid by which the group names this member. */
  jid: string
  /** The other one of LID and phone number, where the group tells it. */
  otherJid: string | null
  role: GroupRole
}

/** A group as WhatsApp describes it. */
export interface GroupInfo {
  jid: string
  subject: string
  description: string | null
  addressing: GroupAddressing
  /** Only administrators write. */
  announce: boolean
  /** Only administrators change name, description and timer. */
  locked: boolean
  /** Only administrators add people. */
  onlyAdminsAdd: boolean
  /** Who asks to join waits until an administrator agrees. */
  joinApproval: boolean
  /** Seconds after which the phones forget messages; null where they never do. */
  disappearsAfter: number | null
  members: readonly GroupMember[]
}

/** A group as it is kept. */
export interface Group extends GroupInfo {
  /** Whether the account is in it. */
  isMember: boolean
}

/** What a group is called and how it is set. */
export type GroupFacts = Pick<
  GroupInfo,
  'subject' | 'description' | 'announce' | 'locked' | 'onlyAdminsAdd' | 'joinApproval' | 'disappearsAfter'
>

/** One thing that a notification of WhatsApp changes about a group. */
export type GroupChange =
  | { kind: 'facts'; facts: Partial<GroupFacts> }
  | { kind: 'joined'; members: readonly GroupMember[] }
  | { kind: 'left'; jids: readonly string[] }
  | { kind: 'role'; jids: readonly string[]; role: GroupRole }
  /** The person behind the update has another number now. */
  | { kind: 'renumbered'; member: GroupMember }

/** What a notification of WhatsApp tells of a group. */
export interface GroupUpdate {
  jid: string
  /** Every address of whoever made the changes; empty where nobody is named. */
  by: readonly string[]
  at: Date
  changes: readonly GroupChange[]
}

/** A member of a group, as the APIs show people. */
export interface Sender {
  /** The phone jid where the number is known, else the LID. */
  jid: string
  name: string
}
