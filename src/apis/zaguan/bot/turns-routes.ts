import { z } from 'zod'
import { BotChat, BotChatPatch, TurnsQuery, Usage, presentBotChat } from './turns-schema.ts'
import { Turns, presentTurns } from '../../shared/bot/turns.ts'
import { jidParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import type { BotAdmin } from '../../../features/bot/bot-admin.ts'

const tag = 'Bot'

/** Returns the routes of the turns, of the bot in a chat, and of its usage. */
export function turnRoutes(botAdmin: BotAdmin): Route[] {
  const params = z.strictObject({ jid: jidParam() })
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/turns',
      id: 'bot.turns.list',
      summary: 'List the bot’s turns, with reason, tools, checks and answer',
      tag,
      scope: 'read:messages',
      query: TurnsQuery,
      response: Turns,
      examples: { response: examples.turns },
    }).handle(async ({ query, caller }) => presentTurns(await botAdmin.turns(caller.accountId, query))),
    route({
      method: 'get',
      path: '/api/v1/bot/chats/:jid',
      id: 'bot.chats.get',
      summary: 'Tell whether the bot would answer in this chat now, and why not',
      tag,
      scope: 'read:conversations',
      params,
      response: BotChat,
      examples: { response: examples.chat },
    }).handle(async ({ params: { jid }, caller }) =>
      presentBotChat(jid, await botAdmin.verdict(caller.accountId, jid)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/bot/chats/:jid',
      id: 'bot.chats.update',
      summary: 'Give a chat to an operator or back to the bot, or record an opt-out',
      tag,
      scope: 'write:conversations',
      params,
      body: BotChatPatch,
      response: BotChat,
      examples: { body: { human: true }, response: examples.chat },
    }).handle(async ({ params: { jid }, body, caller }) =>
      presentBotChat(jid, await botAdmin.change(caller.accountId, jid, body)),
    ),
    route({
      method: 'get',
      path: '/api/v1/bot/usage',
      id: 'bot.usage',
      summary: 'Get today’s answers, tokens and cost, and how often each check failed',
      tag,
      scope: 'read:analytics',
      response: Usage,
      examples: {
        response: {
          today: { replies: 12, tokens: 9800, cost: 0.02 },
          blocked: [{ rule: 'amount', count: 2 }],
        },
      },
    }).handle(({ caller }) => botAdmin.usage(caller.accountId)),
  ]
}
