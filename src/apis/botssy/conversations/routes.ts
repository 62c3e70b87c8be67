import { z } from 'zod'
import {
  BotssyConversations,
  BotssyMessages,
  ConversationMessagesQuery,
  ConversationPatchBody,
  ConversationsQuery,
  MessageBody,
  readDraft,
} from './schema.ts'
import { asBotssyFault } from '../faults.ts'
import { presentPage } from '../pages.ts'
import { BotssyConversation, presentConversation } from '../../shared/events/conversation.ts'
import { BotssyMessage, presentListed, presentMessage } from '../../shared/events/message.ts'
import { BotssyScheduled, presentScheduled } from './scheduled.ts'
import { botWarning, warningField } from '../../shared/bot-warning.ts'
import { idParam } from '../../shared/params.ts'
import { Accepted, route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import type { Conversations } from '../../../features/chats/conversations.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'
import type { Messages } from '../../../features/messages/messages.ts'
import type { Sending } from '../../../features/sending/sending.ts'
import type { ModelHealth } from '../../../features/bot/model-health.ts'

const tag = 'Botssy'
const one = z.strictObject({ id: idParam('The conversation') })

interface ConversationServices {
  conversations: Conversations
  media: MediaLibrary
  messages: Messages
  modelHealth: ModelHealth
  sending: Sending
}

/** Returns the routes of conversations and their messages. */
export function conversationRoutes(services: ConversationServices): Route[] {
  return [...readingRoutes(services), writingRoute(services), patchRoute(services)]
}

function readingRoutes({ conversations, messages: stored, media }: ConversationServices): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/conversations',
      id: 'botssy.conversations.list',
      summary: 'List the conversations, newest activity first',
      cache: 'until-write',
      tag,
      scope: 'read:conversations',
      query: ConversationsQuery,
      response: BotssyConversations,
      examples: { response: examples.conversations },
    }).handle(async ({ query, caller }) => {
      const { conversations: found, total } = await conversations.list(caller.accountId, query)
      return presentPage(found.map(presentConversation), total, query)
    }),
    route({
      method: 'get',
      path: '/api/v1/conversations/:id',
      id: 'botssy.conversations.get',
      summary: 'Get a conversation',
      cache: 'until-write',
      tag,
      scope: 'read:conversations',
      params: one,
      response: BotssyConversation,
      examples: { response: examples.conversation },
    }).handle(async ({ params, caller }) =>
      presentConversation(await conversations.get(caller.accountId, params.id)),
    ),
    route({
      method: 'get',
      path: '/api/v1/conversations/:id/messages',
      id: 'botssy.messages.list',
      summary: 'List the messages of a conversation, oldest first',
      cache: 'until-write',
      tag,
      scope: 'read:messages',
      params: one,
      query: ConversationMessagesQuery,
      response: BotssyMessages,
      examples: { response: examples.messages },
    }).handle(async ({ params, query, caller }) => {
      const { messages, total, isCut } = await stored.ofConversation(caller.accountId, params.id, query)
      return presentPage(
        messages.map((message) => presentListed(message, media.urlOf)),
        total,
        { ...query, isCut },
      )
    }),
  ]
}

function writingRoute({ sending: { submissions }, media: { urlOf } }: ConversationServices): Route {
  return route({
    method: 'post',
    path: '/api/v1/conversations/:id/messages',
    id: 'botssy.messages.create',
    summary: 'Send a message in a conversation',
    description:
      'Reopens a resolved conversation; if another one of the same chat is open, the answer is 409 and names it. `sendAt` schedules the ' +
      'send: the message exists from then on, and the answer is 202.',
    tag,
    scope: 'write:messages',
    idempotent: true,
    status: 201,
    params: one,
    body: MessageBody,
    response: BotssyMessage,
    accepted: {
      about: 'Scheduled for its `sendAt`',
      response: BotssyScheduled,
      example: examples.scheduled,
    },
    examples: { body: { content: 'Hola, ¿en qué puedo ayudarte?' }, response: examples.sent },
  }).handle(async ({ params: { id }, body, caller }) => {
    const { sendAt, timeZone } = body
    const draft = readDraft(body)
    try {
      const submitted = await submissions.submitInConversation(caller, id, { ...draft, sendAt, timeZone })
      return submitted.kind === 'queued'
        ? presentMessage(submitted.message, urlOf)
        : new Accepted(presentScheduled(submitted.schedule, id))
    } catch (error) {
      throw asBotssyFault(error)
    }
  })
}

function patchRoute({ conversations, modelHealth }: ConversationServices): Route {
  return route({
    method: 'patch',
    path: '/api/v1/conversations/:id',
    id: 'botssy.conversations.update',
    summary: 'Change the status, take the conversation over, or turn the bot on or off',
    tag,
    scope: 'write:conversations',
    params: one,
    body: ConversationPatchBody,
    response: BotssyConversation.extend({ warning: warningField }),
    examples: { body: { status: 'resolved' }, response: examples.conversation },
  }).handle(async ({ params, body, caller }) => ({
    ...presentConversation(await conversations.update(caller.accountId, params.id, body)),
    ...botWarning(body.botEnabled === true, modelHealth.report()),
  }))
}
