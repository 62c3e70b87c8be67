/**
 * Says how group messages are treated. `ignore` only acknowledges them; `store` keeps and shows them; `full` also gives
 * groups conversations, and lets the bot answer where it is enabled by name.
 */
export const groupModes = ['ignore', 'store', 'full'] as const
/** Says how group messages are treated. */
export type GroupMode = (typeof groupModes)[number]

export const groupRoles = ['member', 'admin', 'superadmin'] as const
/** Names a member's role. */
export type GroupRole = (typeof groupRoles)[number]

/** Says whether a group names its members by LID, as all newer ones do, or by phone number. */
export type GroupAddressing = 'pn' | 'lid'

/** Describes a member as WhatsApp does. */
export interface GroupMember {
  /** The jid by which the group names this member. */
  jid: string
  /** The member's other address (phone number for a LID, and vice versa), if the group tells it. */
  otherJid: string | null
  role: GroupRole
}

/** Describes a group as WhatsApp does. */
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

/** Describes a group as it is stored. */
export interface Group extends GroupInfo {
  /** True if the account is a member. */
  isMember: boolean
}

/** Holds a group's name and settings. */
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

/** Holds a WhatsApp notification about a group. */
export interface GroupUpdate {
  jid: string
  /** Every address of the author; empty if none is named. */
  by: readonly string[]
  at: Date
  changes: readonly GroupChange[]
}

/** Describes a member of a group, as the APIs show people. */
export interface Participant {
  /** The phone jid if the number is known, else the LID. */
  jid: string
  name: string
  /** Without the @; null if unknown. */
  username: string | null
}

/** Describes a mentioned person, as people are shown. */
export interface Mentioned extends Participant {
  /** True if it is the account itself. */
  me: boolean
}

/** Describes a person on WhatsApp, as the APIs show people. */
export interface Person extends Participant {
  phone: string | null
}
