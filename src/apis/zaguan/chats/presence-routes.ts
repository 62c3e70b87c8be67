import { z } from 'zod'
import type { Presence } from '../../../features/chats/presence.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { jidParam } from '../../shared/params.ts'
import { ReadAnswer, TypingAnswer, TypingBody, presentRead, presentTyping } from './presence-schema.ts'
import * as examples from './examples.ts'

const tag = 'Shared'

/** Returns the routes that show people in a chat that it is read, or that an answer is being written. */
export function presenceRoutes(presence: Presence): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/chats/:jid/read',
      // Goes to WhatsApp; reading twice changes nothing.
      idempotent: 'beside',
      id: 'shared.chats.read',
      summary: 'Mark a chat as read',
      description: 'The author sees it, unless read receipts are switched off on the phone.',
      tag,
      scope: 'write:conversations',
      params: z.strictObject({ jid: jidParam() }),
      response: ReadAnswer,
      examples: { response: examples.read },
    }).handle(async ({ params, caller }) =>
      presentRead(await presence.markRead(caller.accountId, params.jid)),
    ),
    route({
      method: 'post',
      path: '/api/v1/chats/:jid/typing',
      // Goes to WhatsApp; a repetition shows “typing…” once more.
      idempotent: 'beside',
      id: 'shared.chats.typing',
      summary: 'Show “typing…” in a chat',
      description:
        'Ends by itself after `seconds`. Meanwhile the account is online, and the owner’s phone may stay silent.',
      tag,
      scope: 'write:messages',
      params: z.strictObject({ jid: jidParam() }),
      body: TypingBody,
      response: TypingAnswer,
      examples: { body: { on: true, seconds: 15 }, response: examples.typing },
    }).handle(async ({ params, body: { on, seconds }, caller }) =>
      presentTyping(
        await presence.showTyping(caller.accountId, params.jid, { on, forMs: seconds * 1000 }),
        on,
      ),
    ),
  ]
}
