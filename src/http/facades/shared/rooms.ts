import { z } from 'zod'
import { GroupShape, presentGroup } from '../../../wire/shared/groups.ts'
import { jidParam } from '../../../wire/shared/params.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import type { HttpServices } from '../../services.ts'
import * as examples from './examples-rooms.ts'

const tag = 'Shared'

/** What chats are besides their messages: groups with their members. */
export function roomRoutes({ groups }: Pick<HttpServices, 'groups'>): Route[] {
  return [
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
