import { z } from 'zod'
import type { Chats } from '../../../features/chats/chats.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'
import type { Messages } from '../../../features/messages/messages.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { jidParam } from '../../shared/params.ts'
import { seesContent } from '../../shared/without-content.ts'
import * as examples from './examples.ts'
import { BotonTranscript, MessagesQuery, presentTranscript } from './messages-schema.ts'
import { BotonChats, ChatsQuery, presentChats, readPage } from './schema.ts'

/** Returns the routes that list the chats and read one. */
export function chatRoutes({
  chats,
  media,
  messages,
}: {
  chats: Chats
  media: MediaLibrary
  messages: Messages
}): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/chats',
      id: 'boton.chats.list',
      summary: 'List the chats, newest activity first',
      description: 'Includes the text of the last message with the scope `read:messages`.',
      cache: 'until-write',
      tag: 'BOTON',
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
        'The newest `limit` messages, oldest first. `before` pages back. If the texts are long, a page has fewer, and `truncated`.',
      cache: 'until-write',
      tag: 'BOTON',
      scope: 'read:messages',
      params: z.strictObject({ jid: jidParam() }),
      query: MessagesQuery,
      response: BotonTranscript,
      examples: { response: examples.transcript },
    }).handle(async ({ params, query, caller }) =>
      presentTranscript(await messages.ofChat(caller.accountId, params.jid, query), media.urlOf),
    ),
  ]
}
