import type { ChatId, MessageId } from '../../core/ids.ts'
import type { ChatSeen } from '../contacts/queries/chat-addresses.ts'
import type { IncomingMessage } from './incoming.ts'
import { classify } from '../sending/rules/pacing.ts'
import { setTimer } from './queries/message-changes.ts'
import { hasCalled } from './queries/messages.ts'
import { raiseClass } from '../sending/queries/pacing.ts'
import type { Trx } from '../../db/tables.ts'

/** Raises waiting messages to a person who has just written: they are answers now. @returns whether there were any */
export async function raisePriority(
  trx: Trx,
  chat: Pick<ChatSeen, 'id' | 'hasQueued'>,
  message: IncomingMessage,
  at: Date,
): Promise<boolean> {
  if (!chat.hasQueued) return false
  const standing = { kind: message.chat.kind, lastIncomingAt: message.sentAt.getTime() }
  return raiseClass(trx, chat.id, classify(standing, at.getTime()))
}

/** Learns the chat's timer, which phones repeat in each message that has a field for it. */
export async function learnTimer(
  trx: Trx,
  chat: Pick<ChatSeen, 'id' | 'timerSeconds'>,
  { kind, details, sentAt }: IncomingMessage,
): Promise<void> {
  if (kind === 'unsupported' || details?.viewOnce) return
  const seconds = details?.disappearsAfter ?? 0
  if (chat.timerSeconds === seconds) return
  await setTimer(trx, chat.id, { seconds, at: sentAt })
  // Something newer may have said otherwise.
  chat.timerSeconds = null
}

/** How long a caller who was told that calls are not taken is not told again. */
const callReplyEveryMs = 60 * 60_000
/** An older call, which came while there was no connection, is not answered any more. */
const latestReplyMs = 30 * 60_000

/** Tells whether a message is a missed call to answer now. */
export async function answersCall(
  trx: Trx,
  call: { chatId: ChatId; messageId: MessageId; at: Date; reply: string | null },
  message: IncomingMessage,
): Promise<boolean> {
  const { chat, fromMe, sentAt } = message
  if (call.reply === null || message.kind !== 'call' || fromMe || chat.kind !== 'person') return false
  if (message.details?.facts?.['outcome'] !== 'missed') return false
  if (call.at.getTime() - sentAt.getTime() > latestReplyMs) return false
  const since = new Date(sentAt.getTime() - callReplyEveryMs)
  return !(await hasCalled(trx, { chatId: call.chatId, since, except: call.messageId }))
}
