import { z } from 'zod'
import { ReadAnswer, TypingAnswer, TypingBody, presentRead, presentTyping } from './attention-schema.ts'
import { GroupShape, presentGroup } from './groups-schema.ts'
import { SearchAnswer, SearchQuery, presentFound, readSearchQuery } from '../messages/search-schema.ts'
import { jidParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import type { HttpServices } from '../../shared/http-services.ts'
import * as examples from './examples.ts'

const tag = 'Shared'

/** Returns the routes of chats apart from their messages: members, receipts, typing. */
export function roomRoutes({
  groups,
  attention,
  search,
}: Pick<HttpServices, 'groups' | 'attention' | 'search'>): Route[] {
  return [
    ...attentionRoutes(attention),
    searchRoute(search),
    route({
      method: 'get',
      path: '/api/v1/groups/:jid',
      id: 'shared.groups.get',
      summary: 'A group and who is in it',
      description: 'As WhatsApp last told it. 404 for what is no group, or none that the account ever met.',
      tag,
      scope: 'read:conversations',
      params: z.strictObject({ jid: jidParam() }),
      response: GroupShape,
      examples: { response: examples.group },
    }).handle(async ({ params, caller }) => presentGroup(await groups.get(caller.accountId, params.jid))),
  ]
}

function attentionRoutes(attention: HttpServices['attention']): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/chats/:jid/read',
      idempotent: 'beside',
      id: 'shared.chats.read',
      summary: 'Mark a chat as read',
      description: 'Whoever wrote sees it, unless read receipts are switched off on the phone.',
      tag,
      scope: 'write:conversations',
      params: z.strictObject({ jid: jidParam() }),
      response: ReadAnswer,
      examples: { response: examples.read },
    }).handle(async ({ params, caller }) =>
      presentRead(await attention.markRead(caller.accountId, params.jid)),
    ),
    route({
      method: 'post',
      path: '/api/v1/chats/:jid/typing',
      idempotent: 'beside',
      id: 'shared.chats.typing',
      summary: 'Show in a chat that an answer is being written',
      description:
        'It ends by itself after `seconds`. While it lasts the account is online, and the owner’s phone may stay silent.',
      tag,
      scope: 'write:messages',
      params: z.strictObject({ jid: jidParam() }),
      body: TypingBody,
      response: TypingAnswer,
      examples: { body: { on: true, seconds: 15 }, response: examples.typing },
    }).handle(async ({ params, body: { on, seconds }, caller }) =>
      presentTyping(
        await attention.showTyping(caller.accountId, params.jid, { on, forMs: seconds * 1000 }),
        on,
      ),
    ),
  ]
}

function searchRoute(search: HttpServices['search']): Route {
  return route({
    method: 'get',
    path: '/api/v1/search',
    id: 'shared.search',
    summary: 'Find messages by their words',
    description:
      'Newest first. A message is found about a second after it came. Where the texts are long a page has fewer than `limit`; ' +
      '`nextCursor` goes on.',
    tag,
    scope: 'read:messages',
    query: SearchQuery,
    response: SearchAnswer,
    examples: { response: examples.found },
  }).handle(async ({ query, caller }) =>
    presentFound(await search.messages(caller.accountId, readSearchQuery(query))),
  )
}
