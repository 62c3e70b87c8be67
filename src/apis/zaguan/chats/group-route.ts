import { z } from 'zod'
import type { Groups } from '../../../features/chats/groups.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { jidParam } from '../../shared/params.ts'
import * as examples from './examples.ts'
import { GroupShape, presentGroup } from './group-schema.ts'

/** Returns the route that shows a group. */
export function groupRoute(groups: Groups): Route {
  return route({
    method: 'get',
    path: '/api/v1/groups/:jid',
    id: 'shared.groups.get',
    summary: 'Get a group and its members',
    description: 'As WhatsApp last reported it. 404 if it is no group, or the account never saw it.',
    tag: 'Shared',
    scope: 'read:conversations',
    params: z.strictObject({ jid: jidParam() }),
    response: GroupShape,
    examples: { response: examples.group },
  }).handle(async ({ params, caller }) => presentGroup(await groups.get(caller.accountId, params.jid)))
}
