import { z } from 'zod'
import {
  AgentBody,
  AgentPatchBody,
  BotssyAgent,
  BotssyAgents,
  BotssyBot,
  BotssyBots,
  presentAgent,
  presentBot,
} from './schema.ts'
import { Success, successExample } from '../success.ts'
import { idParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import type { Bots } from '../../../features/bot/bots.ts'

const tag = 'Botssy'

/** Returns the routes of bots and agents. */
export function botRoutes(bots: Bots): Route[] {
  return [...readingRoutes(bots), ...agentRoutes(bots)]
}

function readingRoutes(bots: Bots): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bots',
      id: 'botssy.bots.list',
      summary: 'List the bots: each account has one',
      tag,
      scope: 'read:bots',
      response: BotssyBots,
      examples: { response: [examples.bot] },
    }).handle(async ({ caller }) => [presentBot(await bots.get(caller.accountId))]),
    route({
      method: 'get',
      path: '/api/v1/bots/:id',
      id: 'botssy.bots.get',
      summary: 'Get a bot with its agents and channels',
      tag,
      scope: 'read:bots',
      params: z.strictObject({ id: idParam('The bot') }),
      response: BotssyBot,
      examples: { response: examples.bot },
    }).handle(async ({ params, caller }) => presentBot(await bots.get(caller.accountId, params.id))),
    route({
      method: 'get',
      path: '/api/v1/agents',
      id: 'botssy.agents.list',
      summary: 'List the agents: the personas of the bot',
      tag,
      scope: 'read:agents',
      response: BotssyAgents,
      examples: { response: [examples.agent] },
    }).handle(async ({ caller: { accountId } }) => {
      const bot = await bots.get(accountId)
      return (await bots.agents(accountId)).map((agent) => presentAgent(agent, bot))
    }),
  ]
}

function agentRoutes(bots: Bots): Route[] {
  const params = z.strictObject({ id: idParam('The agent') })
  return [
    route({
      method: 'post',
      path: '/api/v1/agents',
      id: 'botssy.agents.create',
      summary: 'Make an agent',
      tag,
      scope: 'write:config',
      idempotent: true,
      status: 201,
      body: AgentBody,
      response: BotssyAgent,
      examples: { body: examples.agentBody, response: examples.agent },
    }).handle(async ({ body, caller: { accountId } }) =>
      presentAgent(await bots.createAgent(accountId, body), await bots.get(accountId)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/agents/:id',
      id: 'botssy.agents.update',
      summary: 'Change an agent, or assign it to the bot',
      description: 'The first active agent assigned to the bot speaks; without one, POST /config decides.',
      tag,
      scope: 'write:config',
      params,
      body: AgentPatchBody,
      response: BotssyAgent,
      examples: { body: { isActive: true, botIds: [1] }, response: examples.agent },
    }).handle(async ({ params, body, caller: { accountId } }) =>
      presentAgent(await bots.updateAgent(accountId, params.id, body), await bots.get(accountId)),
    ),
    route({
      method: 'delete',
      path: '/api/v1/agents/:id',
      id: 'botssy.agents.delete',
      summary: 'Delete an agent',
      tag,
      scope: 'write:config',
      params,
      response: Success,
      examples: { response: successExample },
    }).handle(async ({ params, caller }) => {
      await bots.deleteAgent(caller.accountId, params.id)
      return { success: true as const }
    }),
  ]
}
