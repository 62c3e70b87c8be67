import { z } from 'zod'
import type { Caller } from '../../../core/caller.ts'
import type { Clock } from '../../../util/clock.ts'
import {
  ChatPatchBody,
  ChatSwitches,
  OlderAnswer,
  OlderBody,
  presentChatSwitches,
} from '../../shared/chats.ts'
import { MessageState, presentMessageState } from '../../shared/messages.ts'
import { refParam, jidParam } from '../../shared/params.ts'
import { ConfigReport, presentConfigReport } from '../../shared/settings.ts'
import { StatusBody, presentStatus } from './schema.ts'
import { botWarning, warningField } from '../../shared/bot-warning.ts'
import { iso } from '../../shared/times.ts'
import { seesContent } from '../../shared/without-content.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { HttpServices } from '../../shared/http-services.ts'
import * as examples from './examples.ts'
import { messageChangeRoutes } from '../messages/changes-routes.ts'

const tag = 'Shared'

type SharedServices = Pick<
  HttpServices,
  | 'accounts'
  | 'linking'
  | 'modelHealth'
  | 'status'
  | 'chats'
  | 'messages'
  | 'messageActions'
  | 'outbox'
  | 'settings'
  | 'sending'
  | 'media'
>

/** Returns the routes under `/api/v1` that belong to no single document: `/status`, and our own extensions. */
export function sharedRoutes(services: SharedServices, about: { version: string; clock: Clock }): Route[] {
  const { modelHealth, chats, settings } = services
  return [
    statusRoute(services, about),
    ...messageRoutes(services),
    ...messageChangeRoutes(services),
    route({
      method: 'get',
      path: '/api/v1/chats/:jid',
      id: 'shared.chats.get',
      summary: 'One chat with its switches',
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
      summary: 'Turn the bot on or off in one chat, or mark it untouchable',
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
    olderRoute(chats),
    route({
      method: 'get',
      path: '/api/v1/config',
      id: 'shared.config.get',
      summary: 'The assistant’s configuration, and where each value comes from',
      tag,
      scope: 'read:config',
      response: ConfigReport,
      examples: { response: examples.config },
    }).handle(async ({ caller }) => presentConfigReport(await settings.get(caller.accountId))),
  ]
}

/** Returns the route that shows the gateway's state. */
function statusRoute(
  { accounts, linking, status }: Pick<SharedServices, 'accounts' | 'linking' | 'status'>,
  about: { version: string; clock: Clock },
): Route {
  return route({
    method: 'get',
    path: '/api/v1/status',
    id: 'shared.status',
    summary: 'State of the connection, the bot and the API',
    description: 'A report, not a probe: 200 also while WhatsApp is down.',
    oncePerTick: true,
    tag,
    scope: 'any',
    response: StatusBody,
    examples: { response: examples.status },
  }).handle(async ({ caller }) => {
    const report = await status.report(caller.accountId)
    const reached = (await accounts.listFor(caller)).map((account) => {
      return { account, report: linking.report(account.id) }
    })
    const api = { version: about.version, now: about.clock.now(), accounts: reached }
    return presentStatus(report, caller, api)
  })
}

function olderRoute(chats: SharedServices['chats']): Route {
  return route({
    method: 'post',
    path: '/api/v1/chats/:jid/history',
    id: 'shared.chats.history',
    summary: 'Ask the phone for older messages of a chat',
    description:
      'Those before the oldest one that is known. The phone answers when it is online; they come into the chat by and by, ' +
      'without events.',
    tag,
    scope: 'write:conversations',
    idempotent: 'beside',
    status: 202,
    params: z.strictObject({ jid: jidParam() }),
    body: OlderBody,
    response: OlderAnswer,
    examples: { body: { count: 50 }, response: examples.older },
  }).handle(async ({ params, body, caller }) => {
    const { before } = await chats.requestOlder(caller.accountId, params.jid, body.count)
    return { requested: body.count, before: iso(before.sentAt) }
  })
}

function messageRoutes({ messages, outbox, sending, media }: SharedServices): Route[] {
  const state = async (caller: Caller, id: number) => {
    const { accountId } = caller
    const content = seesContent(caller)
    return presentMessageState(await messages.get(accountId, id), {
      content,
      urlOf: media.urlOf,
      former: content ? await messages.formerTexts(accountId, id) : [],
      place: await sending.waiting.place(accountId, id),
    })
  }
  return [
    route({
      method: 'get',
      path: '/api/v1/messages/:id',
      id: 'shared.messages.get',
      summary: 'What became of one message',
      tag,
      scope: 'read:messages',
      params: z.strictObject({ id: refParam('msg_', 'The message') }),
      response: MessageState,
      examples: { response: examples.message },
    }).handle(({ params, caller }) => state(caller, params.id)),
    route({
      method: 'post',
      path: '/api/v1/messages/:id/cancel',
      id: 'shared.messages.cancel',
      summary: 'Take a message back before it goes out',
      description: '409 where it has gone out, may have, or has ended otherwise.',
      tag,
      scope: 'write:messages',
      idempotent: 'beside',
      params: z.strictObject({ id: refParam('msg_', 'The message') }),
      response: MessageState,
      examples: { response: { ...examples.message, status: 'cancelled', reason: 'cancelled' } },
    }).handle(async ({ params, caller }) => {
      await outbox.cancel(caller.accountId, params.id)
      return state(caller, params.id)
    }),
  ]
}
