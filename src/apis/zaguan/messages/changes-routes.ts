import { z } from 'zod'
import { EditBody, MessageChange, ReactionBody, presentChange } from './changes-schema.ts'
import { refParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { MessageActions } from '../../../features/messages/message-actions.ts'

const tag = 'Shared'
const one = z.strictObject({ id: refParam('msg_', 'The message') })
const exampleOf = (kind: string) => ({ id: 1005, messageId: 1004, kind, status: 'queued' })

/** Returns the routes that change existing messages. A change is sent like a message, in order. */
export function messageChangeRoutes(messageActions: MessageActions): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/messages/:id/reaction',
      id: 'shared.messages.react',
      summary: 'React to a message, or remove the reaction',
      tag,
      scope: 'write:messages',
      idempotent: true,
      params: one,
      body: ReactionBody,
      response: MessageChange,
      examples: { body: { emoji: '👍' }, response: exampleOf('reaction') },
    }).handle(async ({ params, body, caller }) =>
      presentChange(await messageActions.react(caller, params, body.emoji)),
    ),
    route({
      method: 'patch',
      path: '/api/v1/messages/:id',
      id: 'shared.messages.edit',
      summary: 'Edit a text or caption of this account',
      description:
        'For texts, images, videos and documents, within 15 minutes of sending; 409 after that, and for others’ messages.',
      tag,
      scope: 'write:messages',
      params: one,
      body: EditBody,
      response: MessageChange,
      examples: { body: { message: 'Tu turno es mañana a las 16 h' }, response: exampleOf('edit') },
    }).handle(async ({ params, body, caller }) =>
      presentChange(await messageActions.edit(caller, params, body.message)),
    ),
    route({
      method: 'delete',
      path: '/api/v1/messages/:id',
      id: 'shared.messages.delete',
      summary: 'Delete a message of this account for everyone',
      description: 'Within 60 hours of sending; 409 after that, for others’ messages, and before it is sent.',
      tag,
      scope: 'write:messages',
      params: one,
      response: MessageChange,
      examples: { response: exampleOf('delete') },
    }).handle(async ({ params, caller }) => presentChange(await messageActions.remove(caller, params))),
  ]
}
