import { z } from 'zod'
import type { Account } from '../../../core/account.ts'
import { AppError } from '../../../core/errors.ts'
import type { Message } from '../../../features/messages/message.ts'
import { BotbizMessageState, presentState } from './schema.ts'
import { refParam } from '../../shared/params.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import type { Accounts } from '../../../features/accounts/accounts.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'
import type { Messages } from '../../../features/messages/messages.ts'

type Services = { accounts: Accounts; messages: Messages; media: MediaLibrary }

/** Returns the route that shows the state of a sent message, by the id from its answer. */
export function messageStateRoute({ accounts, messages, media }: Services): Route {
  return route({
    method: 'get',
    path: '/v1/whatsapp/messages/:id',
    id: 'botbiz.messages.get',
    summary: 'Get a message and its status',
    tag: 'Botbiz',
    scope: 'read:messages',
    params: z.strictObject({ id: refParam('msg_', 'The message') }),
    response: BotbizMessageState,
    examples: { response: examples.messageState },
  }).handle(async ({ params, caller }) => {
    // A key of all accounts does not say which one sent it.
    for (const account of await accounts.listFor(caller)) {
      const message = await messageIn(messages, account, params.id)
      if (message) return presentState(message, { ownPhone: account.phone, urlOf: media.urlOf })
    }
    throw new AppError('not_found', 'No such message')
  })
}

async function messageIn(
  messages: Services['messages'],
  { id: accountId }: Account,
  id: number,
): Promise<Message | undefined> {
  try {
    return await messages.get(accountId, id)
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined
    throw error
  }
}
