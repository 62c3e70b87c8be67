import type { Users } from '../../../features/accounts/users.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { BotbizUsers, presentUsers } from './schema.ts'

/** Returns the route that lists the users. */
export function usersRoute(users: Users): Route {
  return route({
    method: 'get',
    path: '/v1/users',
    id: 'botbiz.users.list',
    summary: 'List the users of the gateway',
    tag: 'Botbiz',
    scope: 'admin',
    response: BotbizUsers,
    examples: { response: examples.users },
  }).handle(async ({ caller }) => presentUsers(await users.list(caller)))
}
