/**
 * How group messages are treated. `ignore` only acknowledges them; `store` keeps and shows them; `full` also gives
 * groups conversations, and lets the bot answer where it is enabled by name.
 */
export const groupModes = ['ignore', 'store', 'full'] as const
/** How group messages are treated. */
export type GroupMode = (typeof groupModes)[number]

export const groupRoles = ['member', 'admin', 'superadmin'] as const
/** A member's role. */
export type GroupRole = (typeof groupRoles)[number]

/** Whether a group names its members by LID, as all newer ones do, or by phone number. */
export type GroupAddressing = 'pn' | 'lid'

/** A member as WhatsApp describes them. */
export interface GroupMember {
  /** The jid by which the group names this member. */
  jid: string
  /** The other one of LID and phone number, if the group tells it. */
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
  /** New members wait for an administrator's approval. */
  joinApproval: boolean
  /** Seconds after which phones delete messages; null if never. */
  disappearsAfter: number | null
  members: readonly GroupMember[]
}

/** A group as it is stored. */
export interface Group extends GroupInfo {
  /** Whether the account is a member. */
  isMember: boolean
}

/** A group's name and settings. */
export type GroupFacts = Pick<
  GroupInfo,
  'subject' | 'description' | 'announce' | 'locked' | 'onlyAdminsAdd' | 'joinApproval' | 'disappearsAfter'
>

/** One change from a WhatsApp notification about a group. */
export type GroupChange =
  | { kind: 'facts'; facts: Partial<GroupFacts> }
  | { kind: 'joined'; members: readonly GroupMember[] }
  | { kind: 'left'; jids: readonly string[] }
  | { kind: 'role'; jids: readonly string[]; role: GroupRole }
  /** The author of the update has another number now. */
  | { kind: 'renumbered'; member: GroupMember }

/** A WhatsApp notification about a group. */
export interface GroupUpdate {
  jid: string
  /** Every address of the author; empty if none is named. */
  by: readonly string[]
  at: Date
  changes: readonly GroupChange[]
}

/** A member of a group, as the APIs show people. */
export interface Participant {
  /** The phone jid if the number is known, else the LID. */
  jid: string
  name: string
}

/** A person on WhatsApp, as the APIs show people. */
export interface Person extends Participant {
  phone: string | null
}
