import { z } from 'zod'
import { accountStatuses } from '../../../core/account.ts'
import type { Agent, Bot } from '../../../features/bot/rules/bot.ts'
import { Settings, botPurposes } from '../../../core/settings.ts'
import { plusDigits } from '../../shared/ids.ts'

export const BotssyAgent = z
  .object({
    id: z.int(),
    name: z.string(),
    description: z.string(),
    isActive: z.boolean(),
    bots: z
      .array(z.object({ id: z.int(), name: z.string() }))
      .meta({ description: 'The bots that answer as this agent' }),
    purpose: z.enum(botPurposes).nullable().meta({ description: 'null: as set by POST /config' }),
    guardrails: z.string().nullable().meta({ description: 'null: as set by POST /config' }),
    instructions: z.string().nullable().meta({ description: 'null: as set by POST /config' }),
  })
  .meta({ id: 'BotssyAgent' })

export const BotssyAgents = z.array(BotssyAgent)

export const BotssyBot = z
  .object({
    id: z.int(),
    name: z.string(),
    isActive: z.boolean().meta({ description: 'Whether a language model is configured' }),
    purpose: z.enum(botPurposes),
    agents: z.array(z.object({ id: z.int(), name: z.string(), isActive: z.boolean() })),
    channels: z.array(
      z.object({
        id: z.int(),
        type: z.literal('whatsapp'),
        phone: z.string().nullable(),
        status: z.enum(accountStatuses),
      }),
    ),
  })
  .meta({ id: 'BotssyBot' })

export const BotssyBots = z.array(BotssyBot)

const fields = Settings.shape
const profile = {
  description: z.string().max(1000).optional().meta({ description: 'A note for the operators' }),
  isActive: z.boolean().optional(),
  purpose: z.enum(botPurposes).nullish().meta({ description: 'Its purpose; null: as set by POST /config' }),
  guardrails: fields.guardrails.nullish().meta({ description: 'Rules; null: as set by POST /config' }),
  instructions: fields.customInstructions
    .nullish()
    .meta({ description: 'Further instructions; null: as set by POST /config' }),
  botIds: z.array(z.int()).max(10).optional().meta({ description: 'The bots that answer as this agent' }),
}
const name = z.string().min(1).max(120)

export const AgentBody = z.strictObject({ name, ...profile })
export const AgentPatchBody = z.strictObject({ name: name.optional(), ...profile })

/** Shows an agent as Botssy does. */
export function presentAgent(agent: Agent, bot: Pick<Bot, 'id' | 'name'>): z.input<typeof BotssyAgent> {
  return {
    id: agent.id,
    name: agent.name,
    description: agent.description,
    isActive: agent.isActive,
    bots: agent.assigned ? [{ id: bot.id, name: bot.name }] : [],
    purpose: agent.purpose,
    guardrails: agent.guardrails,
    instructions: agent.instructions,
  }
}

/** Shows the assistant as Botssy does. */
export function presentBot(bot: Bot): z.input<typeof BotssyBot> {
  const { id, phone, status } = bot.channel
  return {
    id: bot.id,
    name: bot.name,
    isActive: bot.isActive,
    purpose: bot.purpose,
    agents: bot.agents.map(({ id, name, isActive }) => ({ id, name, isActive })),
    channels: [{ id, type: 'whatsapp', phone: plusDigits(phone), status }],
  }
}
