import { z } from 'zod'
import {
  BotChat,
  BotChatPatch,
  Turns,
  TurnsQuery,
  Usage,
  presentBotChat,
  presentTurns,
} from './turns-schema.ts'
import { jidParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { BotHttpServices } from '../../shared/bot-http-services.ts'
import { appointmentRoutes } from './appointments-routes.ts'
import { deskRoutes } from './desk-routes.ts'
import * as examples from './examples.ts'
import type { BotRoutesAbout } from './appointments-routes.ts'

const tag = 'Bot'

/** Returns our own routes about the bot: its turns and their reasons, its knowledge, and what it keeps for people. */
export function assistantRoutes(services: BotHttpServices, about: BotRoutesAbout): Route[] {
  return [
    ...turnRoutes(services.desk),
    ...appointmentRoutes(services.appointments, about),
    ...deskRoutes(services),
  ]
}

function turnRoutes(desk: BotHttpServices['desk']): Route[] {
  const params = z.strictObject({ jid: jidParam() })
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/turns',
      id: 'bot.turns.list',
      summary: 'Why did it say that? The bot’s turns with reason, tools, checks and answer',
      tag,
      scope: 'read:messages',
      query: TurnsQuery,
      response: Turns,
      examples: { response: examples.turns },
    }).handle(async ({ query, caller }) => presentTurns(await desk.turns(caller.accountId, query))),
    route({
      method: 'get',
      path: '/api/v1/bot/chats/:jid',
      id: 'bot.chats.get',
      summary: 'Whether the bot would answer in this chat now, and why not',
      tag,
      scope: 'read:conversations',
      params,
      response: BotChat,
      examples: { response: examples.chat },
    }).handle(async ({ params: { jid }, caller }) =>
      presentBotChat(jid, await desk.verdict(caller.accountId, jid)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/bot/chats/:jid',
      id: 'bot.chats.update',
      summary: 'Give a chat to a person or back to the bot, or keep an opt-out',
      tag,
      scope: 'write:conversations',
      params,
      body: BotChatPatch,
      response: BotChat,
      examples: { body: { human: true }, response: examples.chat },
    }).handle(async ({ params: { jid }, body, caller }) =>
      presentBotChat(jid, await desk.change(caller.accountId, jid, body)),
    ),
    route({
      method: 'get',
      path: '/api/v1/bot/usage',
      id: 'bot.usage',
      summary: 'Answers, tokens and cost of today, and how often each check held a draft back',
      tag,
      scope: 'read:analytics',
      response: Usage,
      examples: {
        response: {
          today: { replies: 12, tokens: 9800, cost: 0.02 },
          blocked: [{ rule: 'amount', count: 2 }],
        },
      },
    }).handle(({ caller }) => desk.usage(caller.accountId)),
  ]
}
