import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { SendResult } from '../../features/messages/outgoing.ts'
import { ChatsQuery, BotonChats, presentChats, readPage } from './chats-schema.ts'
import { ConfigAnswer, ConfigPatchBody, presentConfig } from './config-schema.ts'
import { BotonTranscript, MessagesQuery, presentTranscript } from './messages-schema.ts'
import {
  SendAnswer,
  SendBody,
  SendQuery,
  presentPlanned,
  presentSend,
  withExpectedEnd,
  withStatuses,
} from './send-schema.ts'
import { readMedia } from '../shared/media.ts'
import { readOutgoing } from '../shared/outgoing.ts'
import { jidParam } from '../shared/params.ts'
import { seesContent } from '../shared/without-content.ts'
import { route } from '../../http/route.ts'
import type { Route } from '../../http/route.ts'
import type { HttpServices } from '../shared/http-services.ts'
import * as examples from './examples.ts'

const tag = 'BOTON'

/** Returns BOTON's own routes; `/status` is shared with Botssy. */
export function botonRoutes(
  services: Pick<HttpServices, 'chats' | 'messages' | 'sending' | 'settings' | 'media' | 'modelHealth'>,
): Route[] {
  return [...chatRoutes(services), sendRoute(services), configRoute(services)]
}

function chatRoutes({ chats, media }: Pick<HttpServices, 'chats' | 'media'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/chats',
      id: 'boton.chats.list',
      summary: 'List the chats, newest activity first',
      description: 'The text of the last message is there with the scope `read:messages`.',
      fromRows: true,
      tag,
      scope: 'read:conversations',
      query: ChatsQuery,
      response: BotonChats,
      examples: { response: examples.chats },
    }).handle(async ({ query, caller }) =>
      presentChats(await chats.list(caller.accountId, readPage(query)), query, seesContent(caller)),
    ),
    route({
      method: 'get',
      path: '/api/v1/chats/:jid/messages',
      id: 'boton.chats.messages',
      summary: 'Read a chat',
      description:
        'The newest `limit` messages, oldest first. `before` pages back. Where the texts are long a page has fewer, and `truncated`.',
      fromRows: true,
      tag,
      scope: 'read:messages',
      params: z.strictObject({ jid: jidParam() }),
      query: MessagesQuery,
      response: BotonTranscript,
      examples: { response: examples.transcript },
    }).handle(async ({ params, query, caller }) =>
      presentTranscript(await chats.messages(caller.accountId, params.jid, query), media.urlOf),
    ),
  ]
}

function sendRoute({ sending, messages }: Pick<HttpServices, 'sending' | 'messages'>): Route {
  return route({
    method: 'post',
    path: '/api/v1/send',
    id: 'boton.send',
    summary: 'Send a message to one or several numbers',
    description:
      '`message`, or what a `template` says for each recipient, is sent as it is, with `media` as its caption; with `instruction` the bot writes the opening message and stays on in that chat. ' +
      'Accepted messages wait in a durable outbox and go out at a safe pace. With `sendAt` a schedule of one time keeps it until then, ' +
      'and a template is filled in when it goes. A recipient who may not get it is `rejected` in the results; where `to` is one value, ' +
      'the answer is 422 `recipient_refused` with the reason.',
    tag,
    scope: 'write:messages',
    idempotent: true,
    query: SendQuery,
    body: SendBody,
    response: SendAnswer,
    examples: { body: examples.sendBody, response: examples.sendAnswer },
  }).handle(
    async ({ body, caller }) => {
      const { to, message, template, media, instruction, category, confirmBulk, sendAt, timeZone } = body
      const request = {
        to: to.list.map((recipient) => recipient.jid),
        text: message,
        template,
        content: readOutgoing(body),
        media: media && readMedia(media),
        category,
        confirmBulk,
      }
      if (sendAt !== undefined)
        return presentPlanned(await sending.batches.plan(caller, { ...request, sendAt, timeZone }), to)
      const { results, batchId } = await sending.batches.send(caller, { ...request, instruction })
      if (to.single) refuseRejected(results)
      return presentSend(results, to, batchId)
    },
    async (sent, { query, caller }) => {
      // Known only once the messages are queued.
      const batch =
        sent.batchId === undefined ? null : await sending.batches.get(caller.accountId, sent.batchId)
      const answer = batch ? withExpectedEnd(sent, batch) : sent
      if (query.wait === undefined) return answer
      const ids = answer.results.map((result) => result.messageId).filter((id) => id !== null)
      return withStatuses(answer, await messages.progress(caller.accountId, ids, query.wait))
    },
  )
}

/** A caller that sends to one recipient reads no list of results. @throws AppError recipient_refused */
function refuseRejected([only]: readonly SendResult[]): void {
  if (only?.status !== 'rejected') return
  const reason = only.error ?? 'This recipient may not get the message.'
  throw new AppError('recipient_refused', reason, { details: [{ field: 'body.to', message: reason }] })
}

function configRoute({ settings, modelHealth }: Pick<HttpServices, 'settings' | 'modelHealth'>): Route {
  return route({
    method: 'post',
    path: '/api/v1/config',
    id: 'boton.config.update',
    summary: 'Configure the assistant',
    description: 'Every field is optional; `null` gives a field back to the configuration file.',
    tag,
    scope: 'write:config',
    idempotent: true,
    body: ConfigPatchBody,
    response: ConfigAnswer,
    examples: { body: examples.configBody, response: examples.configAnswer },
  }).handle(async ({ body, caller }) =>
    presentConfig((await settings.update(caller.accountId, body)).settings, modelHealth.report()),
  )
}
