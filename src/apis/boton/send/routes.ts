import { AppError } from '../../../core/errors.ts'
import type { Messages } from '../../../features/messages/messages.ts'
import type { SendResult } from '../../../features/messages/outgoing.ts'
import type { Sending } from '../../../features/sending/sending.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { readMedia } from '../../shared/media.ts'
import { readOutgoing } from '../../shared/outgoing.ts'
import * as examples from './examples.ts'
import {
  SendAnswer,
  SendBody,
  SendQuery,
  presentPlanned,
  presentSend,
  withExpectedEnd,
  withStatuses,
} from './schema.ts'

/** Returns the route that sends, now or later, to one recipient or to several. */
export function sendRoute({ sending, messages }: { sending: Sending; messages: Messages }): Route {
  return route({
    method: 'post',
    path: '/api/v1/send',
    id: 'boton.send',
    summary: 'Send a message to one or several numbers',
    description:
      'Sends `message`, or a `template` filled in for each recipient, unchanged, as the caption of `media` if given; with `instruction` the bot writes the first message and stays on in that chat. ' +
      'Accepted messages wait in a durable outbox and go out at a safe pace. `sendAt` schedules the send, ' +
      'and a template is filled in at that time. A recipient who may not get it is `rejected` in the results; if `to` is one value, ' +
      'the answer is 422 `recipient_refused` with the reason.',
    tag: 'BOTON',
    scope: 'write:messages',
    idempotent: true,
    query: SendQuery,
    body: SendBody,
    response: SendAnswer,
    examples: { body: examples.sendBody, response: examples.sendAnswer },
  }).handle(
    async ({ body, caller }) => {
      const { to, message, template, media, instruction, category, confirmBulk, sendAt, timeZone } = body
      const request = {
        to: to.list.map((recipient) => recipient.jid),
        text: message,
        template,
        content: readOutgoing(body),
        media: media && readMedia(media),
        category,
        confirmBulk,
        instruction,
        sendAt,
        timeZone,
      }
      const submitted = await sending.submissions.submit(caller, request)
      if (submitted.kind === 'scheduled') return presentPlanned(submitted.schedule, to)
      const { results, batchId } = submitted
      if (to.single) refuseRejected(results)
      return presentSend(results, to, batchId)
    },
    async (sent, { query, caller }) => {
      // Known only once the messages are queued.
      const batch =
        sent.batchId === undefined ? null : await sending.batches.get(caller.accountId, sent.batchId)
      const answer = batch ? withExpectedEnd(sent, batch) : sent
      if (query.wait === undefined) return answer
      const ids = answer.results.map((result) => result.messageId).filter((id) => id !== null)
      return withStatuses(answer, await messages.progress(caller.accountId, ids, query.wait))
    },
  )
}

/**
 * Turns the rejection of the only recipient into an error: a caller that sends to one reads no list of results.
 * @throws AppError recipient_refused
 */
function refuseRejected([only]: readonly SendResult[]): void {
  if (only?.status !== 'rejected') return
  const reason = only.error ?? 'This recipient may not get the message.'
  throw new AppError('recipient_refused', reason, { details: [{ field: 'body.to', message: reason }] })
}
