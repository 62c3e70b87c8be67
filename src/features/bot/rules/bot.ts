import type { AccountStatus } from '../../../core/account.ts'
import type { AccountId } from '../../../core/ids.ts'
import type { BotPurpose } from '../../../core/settings.ts'

/** Describes a persona of the bot. Null values come from the account's settings. */
export interface Agent {
  id: number
  accountId: AccountId
  name: string
  description: string
  isActive: boolean
  /** True if the account's bot answers as this agent while it is active. */
  assigned: boolean
  purpose: BotPurpose | null
  guardrails: string | null
  instructions: string | null
  createdAt: Date
}

/** Describes a change to an agent; undefined fields stay. */
export interface AgentPatch {
  name?: string | undefined
  description?: string | undefined
  isActive?: boolean | undefined
  purpose?: BotPurpose | null | undefined
  guardrails?: string | null | undefined
  instructions?: string | null | undefined
  /** The bots that answer as this agent: the account's own, or none. */
  botIds?: readonly number[] | undefined
}

/** Describes an account's assistant; bots and accounts share a key. */
export interface Bot {
  id: number
  name: string
  isActive: boolean
  purpose: BotPurpose
  agents: Agent[]
  channel: { id: AccountId; phone: string | null; status: AccountStatus }
}
