import type { Caller } from '../../../core/caller.ts'
import type { Accounts } from '../../../features/accounts/accounts.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'
import type { MessageActions } from '../../../features/messages/message-actions.ts'
import type { Outbox } from '../../../features/sending/outbox.ts'
import type { Sending } from '../../../features/sending/sending.ts'
import { Accepted, route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import { asBotbizFault } from './media.ts'
import { BotbizScheduled, presentScheduled } from './scheduled.ts'
import {
  BotbizMessage,
  BotbizMessageBody,
  presentMessage,
  presentSent,
  readChange,
  readDraft,
} from './schema.ts'

const tag = 'Botbiz'

interface Services {
  accounts: Accounts
  media: MediaLibrary
  messageActions: MessageActions
  outbox: Outbox
  sending: Sending
}

/** Makes the one route that sends, schedules, reacts, edits and deletes. */
export function messageRoute({ accounts, sending, messageActions, media }: Services): Route {
  return route({
    method: 'post',
    path: '/v1/whatsapp/messages',
    id: 'botbiz.messages.create',
    summary: 'Send a message to a WhatsApp contact',
    description:
      'Types: text; image, video, audio, document and sticker, with the URL of the file as content: it is fetched before ' +
      'the message goes out; and as extensions location, contact and poll, with a field of that name, and reaction, edit and ' +
      'delete, which are about the message of the chat that message_id names. With send_at a schedule of one time keeps a message ' +
      'until then: it has the id of its schedule before that, and the answer is 202.',
    tag,
    scope: 'write:messages',
    idempotent: true,
    body: BotbizMessageBody,
    response: BotbizMessage,
    accepted: { about: 'Scheduled for its send_at', response: BotbizScheduled, example: examples.scheduled },
    examples: { body: examples.messageBody, response: examples.message },
  }).handle(async ({ body, caller }) => {
    const { id: accountId } = await accounts.reach(caller, body.account_id ?? caller.accountId)
    const as = { ...caller, accountId }
    const change = readChange(body)
    if (change) return presentMessage((await carryOut(messageActions, as, change)).order, media.urlOf)
    const draft = readDraft(body)
    const { send_at: sendAt, time_zone: timeZone } = body
    try {
      const submitted = await sending.submissions.submitOne(as, { ...draft, sendAt, timeZone })
      return submitted.kind === 'queued'
        ? presentSent(submitted.message, body, media.urlOf)
        : new Accepted(presentScheduled(submitted.schedule, media.urlOf))
    } catch (error) {
      throw asBotbizFault(error)
    }
  })
}

function carryOut(
  actions: Services['messageActions'],
  caller: Caller,
  { kind, target, text }: NonNullable<ReturnType<typeof readChange>>,
) {
  switch (kind) {
    case 'reaction':
      return actions.react(caller, target, text)
    case 'edit':
      return actions.edit(caller, target, text)
    case 'delete':
      return actions.remove(caller, target)
  }
}
