import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { Agent } from '../rules/bot.ts'
import type { BotPurpose } from '../../../core/settings.ts'
import type { Db, Tables, Trx } from '../../../db/tables.ts'

type Row = Selectable<Tables['agents']>

function fromRow(row: Row): Agent {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    description: row.description,
    isActive: row.is_active === 1,
    assigned: row.assigned === 1,
    purpose: row.purpose as BotPurpose | null,
    guardrails: row.guardrails,
    instructions: row.instructions,
    createdAt: new Date(row.created_at),
  }
}

/** Lists an account's agents, oldest first. */
export async function listAgents(db: Db, accountId: AccountId): Promise<Agent[]> {
  const rows = await db
    .selectFrom('agents')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** Finds an agent. */
export async function findAgent(db: Db, accountId: AccountId, id: number): Promise<Agent | undefined> {
  const row = await db
    .selectFrom('agents')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Inserts an agent and returns its id. */
export async function insertAgent(trx: Trx, agent: Omit<Agent, 'id'>): Promise<number> {
  const row = { account_id: agent.accountId, created_at: agent.createdAt.getTime(), ...toRow(agent) }
  const { id } = await trx.insertInto('agents').values(row).returning('id').executeTakeFirstOrThrow()
  return id
}

/** Stores a changed agent. */
export async function saveAgent(trx: Trx, agent: Agent): Promise<void> {
  await trx.updateTable('agents').set(toRow(agent)).where('id', '=', agent.id).execute()
}

/** Deletes an agent. */
export async function deleteAgent(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('agents').where('id', '=', id).execute()
}

const flag = (on: boolean) => (on ? (1 as const) : (0 as const))

function toRow(agent: Omit<Agent, 'id'>) {
  return {
    name: agent.name,
    description: agent.description,
    is_active: flag(agent.isActive),
    assigned: flag(agent.assigned),
    purpose: agent.purpose,
    guardrails: agent.guardrails,
    instructions: agent.instructions,
  }
}
