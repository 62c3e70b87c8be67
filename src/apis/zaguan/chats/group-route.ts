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
    summary: 'A group and who is in it',
    description: 'As WhatsApp last told it. 404 for what is no group, or none that the account ever met.',
    tag: 'Shared',
    scope: 'read:conversations',
    params: z.strictObject({ jid: jidParam() }),
    response: GroupShape,
    examples: { response: examples.group },
  }).handle(async ({ params, caller }) => presentGroup(await groups.get(caller.accountId, params.jid)))
}
