import type { Search } from '../../../features/messages/search/search.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { SearchAnswer, SearchQuery, presentFound, readSearchQuery } from './search-schema.ts'

/** Returns the route that finds messages by their words. */
export function searchRoute(search: Search): Route {
  return route({
    method: 'get',
    path: '/api/v1/search',
    id: 'shared.search',
    summary: 'Search messages by text',
    description:
      'Newest first. A message is found about a second after it arrives. If the texts are long, a page has fewer than `limit`; ' +
      'continue with `nextCursor`.',
    tag: 'Shared',
    scope: 'read:messages',
    query: SearchQuery,
    response: SearchAnswer,
    examples: { response: examples.found },
  }).handle(async ({ query, caller }) =>
    presentFound(await search.messages(caller.accountId, readSearchQuery(query))),
  )
}
