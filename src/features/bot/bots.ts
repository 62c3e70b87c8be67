import type { AccountId } from '../../core/ids.ts'
import type { Agent, AgentPatch, Bot } from './rules/bot.ts'
import { AppError } from '../../core/errors.ts'
import type { Settings } from '../../core/settings.ts'
import { findAccount } from '../accounts/records.ts'
import { deleteAgent, findAgent, insertAgent, listAgents, saveAgent } from './queries/agents.ts'
import type { Store } from '../../db/store.ts'
import type { Db } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

/** Manages each account's assistant and the personas its owner chooses from. */
export class Bots {
  private readonly parts: {
    store: Store
    clock: Clock
    settings: AccountSettings
    modelConfigured: boolean
  }

  constructor(parts: Bots['parts']) {
    this.parts = parts
  }

  /** @throws AppError not_found: an account has one bot, and it has the account's key */
  async get(accountId: AccountId, id: number = accountId): Promise<Bot> {
    const { store, modelConfigured } = this.parts
    const account = id === accountId ? await findAccount(store.read, accountId) : undefined
    if (!account) throw new AppError('not_found', 'No such bot')
    return {
      id: account.id,
      name: account.name,
      isActive: modelConfigured,
      purpose: (await this.profile(accountId)).botPurpose,
      agents: (await this.agents(accountId)).filter((agent) => agent.assigned),
      channel: { id: account.id, phone: account.phone, status: account.status },
    }
  }

  agents(accountId: AccountId): Promise<Agent[]> {
    return listAgents(this.parts.store.read, accountId)
  }

  /** @throws AppError not_found */
  agent(accountId: AccountId, id: number): Promise<Agent> {
    return getAgent(this.parts.store.read, accountId, id)
  }

  /** Returns the account's settings as the bot follows them: its first active agent's override the account's. */
  async profile(accountId: AccountId): Promise<Settings> {
    const { settings } = await this.parts.settings.get(accountId)
    const speaking = (await this.agents(accountId)).find((agent) => agent.assigned && agent.isActive)
    if (!speaking) return settings
    return {
      ...settings,
      botPurpose: speaking.purpose ?? settings.botPurpose,
      guardrails: speaking.guardrails ?? settings.guardrails,
      customInstructions: speaking.instructions ?? settings.customInstructions,
    }
  }

  async createAgent(accountId: AccountId, agent: AgentPatch & { name: string }): Promise<Agent> {
    const { store, clock } = this.parts
    return store.write(async (trx) => {
      const blank = { ...newAgent(accountId, agent.name, clock.now()), assigned: false }
      const id = await insertAgent(trx, applied(blank, agent))
      await noteAudit(trx, { action: 'agent.created', accountId, subject: `agent ${id}` }, clock.now())
      return getAgent(trx, accountId, id)
    })
  }

  /** @throws AppError not_found */
  async updateAgent(accountId: AccountId, id: number, patch: AgentPatch): Promise<Agent> {
    return this.parts.store.write(async (trx) => {
      await saveAgent(trx, { ...applied(await getAgent(trx, accountId, id), patch), id })
      const audited = { action: 'agent.changed', accountId, subject: `agent ${id}` } as const
      await noteAudit(trx, audited, this.parts.clock.now())
      return getAgent(trx, accountId, id)
    })
  }

  /** @throws AppError not_found */
  async deleteAgent(accountId: AccountId, id: number): Promise<void> {
    await this.parts.store.write(async (trx) => {
      await getAgent(trx, accountId, id)
      await deleteAgent(trx, id)
      const audited = { action: 'agent.deleted', accountId, subject: `agent ${id}` } as const
      await noteAudit(trx, audited, this.parts.clock.now())
    })
  }
}

/** Returns the initial agent of every account, which only repeats the settings. */
export function newAgent(accountId: AccountId, name: string, createdAt: Date): Omit<Agent, 'id'> {
  return {
    accountId,
    name,
    description: '',
    isActive: true,
    assigned: true,
    purpose: null,
    guardrails: null,
    instructions: null,
    createdAt,
  }
}

async function getAgent(db: Db, accountId: AccountId, id: number): Promise<Agent> {
  const agent = await findAgent(db, accountId, id)
  if (!agent) throw new AppError('not_found', 'No such agent')
  return agent
}

function applied(agent: Omit<Agent, 'id'>, { botIds, ...patch }: AgentPatch): Omit<Agent, 'id'> {
  const stranger = botIds?.find((id) => id !== agent.accountId)
  if (stranger !== undefined) {
    throw new AppError('invalid_request', `Bot ${stranger} does not belong to this account`, {
      details: [{ field: 'body.botIds', message: `expected none, or ${agent.accountId}` }],
    })
  }
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
  return { ...agent, ...given, ...(botIds === undefined ? {} : { assigned: botIds.length > 0 }) }
}
