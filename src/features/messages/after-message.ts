import type { ChatId, MessageId } from '../../core/ids.ts'
import type { IncomingMessage } from './incoming.ts'
import { classify } from '../sending/rules/pacing.ts'
import { setTimer } from './queries/message-changes.ts'
import { hasCalled } from './queries/messages.ts'
import { raiseClass } from '../sending/queries/pacing.ts'
import type { Trx } from '../../db/tables.ts'

/** What waits for somebody who has just written is an answer now; true where something does. */
export function raisePriority(
  trx: Trx,
  chatId: ChatId,
  message: IncomingMessage,
  at: Date,
): Promise<boolean> {
  const standing = { kind: message.chat.kind, lastIncomingAt: message.sentAt.getTime() }
  return raiseClass(trx, chatId, classify(standing, at.getTime()))
}

/** Phones write the timer of the chat on each message that has room for it. */
export async function learnTimer(
  trx: Trx,
  chatId: ChatId,
  { kind, details, sentAt }: IncomingMessage,
): Promise<void> {
  if (kind === 'unsupported' || details?.viewOnce) return
  await setTimer(trx, chatId, { seconds: details?.disappearsAfter ?? 0, at: sentAt })
}

/** Who is told once that calls are not taken here, is not told again for so long. */
const callReplyEveryMs = 60 * 60_000
/** A call of longer ago, that came while there was no connection, is not answered any more. */
const latestReplyMs = 30 * 60_000

/** Whether a message is a missed call to which something is to be said now. */
export async function answersCall(
  trx: Trx,
  call: { chatId: ChatId; messageId: MessageId; at: Date; reply: string | null },
  { kind, chat, fromMe, details, sentAt }: IncomingMessage,
): Promise<boolean> {
  if (call.reply === null || kind !== 'call' || fromMe || chat.kind !== 'person') return false
  if (details?.facts?.['outcome'] !== 'missed') return false
  if (call.at.getTime() - sentAt.getTime() > latestReplyMs) return false
  const since = new Date(sentAt.getTime() - callReplyEveryMs)
  return !(await hasCalled(trx, { chatId: call.chatId, since, except: call.messageId }))
}
