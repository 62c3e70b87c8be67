import { z } from 'zod'
import type { Caller } from '../../../core/caller.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'
import type { Messages } from '../../../features/messages/messages.ts'
import type { Outbox } from '../../../features/sending/outbox.ts'
import type { Sending } from '../../../features/sending/sending.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { refParam } from '../../shared/params.ts'
import { seesContent } from '../../shared/without-content.ts'
import * as examples from './examples.ts'
import { MessageState, presentMessageState } from './schema.ts'

const tag = 'Shared'

interface Services {
  media: MediaLibrary
  messages: Messages
  outbox: Outbox
  sending: Sending
}

/** Returns the routes that report the state of a message, and that take one back. */
export function messageRoutes({ media, messages, outbox, sending }: Services): Route[] {
  const state = async (caller: Caller, id: number) => {
    const { accountId } = caller
    const content = seesContent(caller)
    return presentMessageState(await messages.get(accountId, id), {
      content,
      urlOf: media.urlOf,
      former: content ? await messages.formerTexts(accountId, id) : [],
      place: await sending.waiting.position(accountId, id),
    })
  }
  return [
    route({
      method: 'get',
      path: '/api/v1/messages/:id',
      id: 'shared.messages.get',
      summary: 'Get a message and its status',
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
      summary: 'Cancel a message before it is sent',
      description: '409 if it was sent, may have been, or already ended.',
      tag,
      scope: 'write:messages',
      // The message is reserved from the senders until the cancellation is committed, so that has its own transaction.
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
