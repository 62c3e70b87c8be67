import type { AccountId, ChatId } from '../../core/ids.ts'
import { createHash } from 'node:crypto'
import type { MessageKind } from '../../core/message-kind.ts'
import type { OutboxMessage } from './outbox-message.ts'
import { maxColdUnconfirmed } from './rules/batch.ts'
import { AppError } from '../../core/errors.ts'
import { classify } from './rules/pacing.ts'
import { findChat } from '../chats/records.ts'
import { countOtherStrangers, putColdText } from './queries/cold-texts.ts'
import type { ColdText } from './queries/cold-texts.ts'
import { lastIncomingAt } from './queries/pacing.ts'
import type { Trx } from '../../db/tables.ts'
import { cutText } from '../../util/text.ts'

/** The same words within this time are one mailing, however they are handed in. */
export const mailingMs = 86_400_000

/**
 * Returns a digest that is equal for messages that look the same to recipients: of the words; without words, of the
 * rest.
 */
export function digestOf(text: string, rest: object): string {
  const words = cutText(text.normalize('NFKC'), 4 * text.length)
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
  return createHash('sha256')
    .update(words === '' ? JSON.stringify(rest) : words)
    .digest('base64url')
}

/**
 * Counts a text to a stranger. Only the first twenty are remembered: beyond that the number does not matter.
 * @throws AppError invalid_request if as many others got the same within a day without confirmation
 */
async function recordColdText(
  trx: Trx,
  text: ColdText,
  { confirmed, at }: { confirmed: boolean; at: Date },
): Promise<void> {
  const since = new Date(at.getTime() - mailingMs)
  if ((await countOtherStrangers(trx, text, since)) < maxColdUnconfirmed) return putColdText(trx, text, at)
  if (confirmed) return
  throw new AppError(
    'invalid_request',
    `Within a day, ${maxColdUnconfirmed} people who never wrote to you already get this same message. Sending it to more ` +
      'strangers can get the number banned: to do so anyway, set confirmBulk to true. It is still sent at a safe pace.',
    { details: [{ field: 'body.confirmBulk', message: 'expected true' }] },
  )
}

/**
 * Counts a message written to a stranger; a bot's own words differ each time.
 * @throws AppError invalid_request for the same to many people who never wrote
 */
export async function recordDraft(
  trx: Trx,
  { accountId, chatId, kind, at }: { accountId: AccountId; chatId: ChatId; kind: MessageKind; at: Date },
  { text, template, attachment, details, author, confirmBulk = false }: OutboxMessage,
): Promise<void> {
  if (author === 'bot') return
  const file = attachment?.mediaId
  const digest = template === undefined ? digestOf(text, { kind, file, details }) : digestOf('', { template })
  await recordColdText(trx, { accountId, chatId, digest }, { confirmed: confirmBulk, at })
}

/**
 * Refuses at once what would be refused piece by piece later.
 * @throws AppError invalid_request for the same to many people who never wrote
 */
export async function refuseManyStrangers(
  trx: Trx,
  accountId: AccountId,
  to: readonly string[],
  at: Date,
): Promise<void> {
  if (to.length <= maxColdUnconfirmed) return
  let cold = 0
  for (const jid of to) if (await isCold(trx, accountId, jid, at)) cold += 1
  if (cold <= maxColdUnconfirmed) return
  throw new AppError(
    'invalid_request',
    `${cold} of these people never wrote to you. Sending the same to more than ${maxColdUnconfirmed} strangers can get the number banned: ` +
      'to do so anyway, set confirmBulk to true. It is still sent at a safe pace.',
    { details: [{ field: 'body.confirmBulk', message: 'expected true' }] },
  )
}

async function isCold(trx: Trx, accountId: AccountId, jid: string, at: Date): Promise<boolean> {
  const chat = await findChat(trx, accountId, jid)
  if (!chat) return !jid.endsWith('@g.us')
  const standing = { kind: chat.kind, lastIncomingAt: await lastIncomingAt(trx, chat.id) }
  return classify(standing, at.getTime()) === 'cold'
}
