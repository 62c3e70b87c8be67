import { z } from 'zod'
import type { ModelHealth } from '../../../features/bot/model-health.ts'
import type { Chats } from '../../../features/chats/chats.ts'
import type { Messages } from '../../../features/messages/messages.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { botWarning, warningField } from '../../shared/bot-warning.ts'
import { jidParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'
import * as examples from './examples.ts'
import { ChatPatchBody, ChatSwitches, OlderAnswer, OlderBody, presentChatSwitches } from './schema.ts'

const tag = 'Shared'

/** Returns the routes of one chat: its switches, and its older messages. */
export function chatRoutes({
  chats,
  messages,
  modelHealth,
}: {
  chats: Chats
  messages: Messages
  modelHealth: ModelHealth
}): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/chats/:jid',
      id: 'shared.chats.get',
      summary: 'Get a chat with its settings',
      tag,
      scope: 'read:conversations',
      params: z.strictObject({ jid: jidParam() }),
      response: ChatSwitches,
      examples: { response: examples.chat },
    }).handle(async ({ params, caller }) =>
      presentChatSwitches(await chats.get(caller.accountId, params.jid)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/chats/:jid',
      id: 'shared.chats.update',
      summary: 'Turn the bot on or off in a chat, or mark it untouchable',
      tag,
      scope: 'write:conversations',
      params: z.strictObject({ jid: jidParam() }),
      body: ChatPatchBody,
      response: ChatSwitches.extend({ warning: warningField }),
      examples: { body: { untouchable: true }, response: examples.chat },
    }).handle(async ({ params, body, caller }) => ({
      ...presentChatSwitches(await chats.update(caller.accountId, params.jid, body)),
      ...botWarning(body.botEnabled === true, modelHealth.report()),
    })),
    olderRoute(messages),
  ]
}

function olderRoute(messages: Messages): Route {
  return route({
    method: 'post',
    path: '/api/v1/chats/:jid/history',
    id: 'shared.chats.history',
    summary: 'Ask the phone for older messages of a chat',
    description:
      'Messages before the oldest known one. The phone answers when it is online; they appear in the chat gradually, ' +
      'without events.',
    tag,
    scope: 'write:conversations',
    // The request goes to the phone; a second one brings messages that are stored once.
    idempotent: 'beside',
    status: 202,
    params: z.strictObject({ jid: jidParam() }),
    body: OlderBody,
    response: OlderAnswer,
    examples: { body: { count: 50 }, response: examples.older },
  }).handle(async ({ params, body, caller }) => {
    const { before } = await messages.requestOlder(caller.accountId, params.jid, body.count)
    return { requested: body.count, before: iso(before.sentAt) }
  })
}
