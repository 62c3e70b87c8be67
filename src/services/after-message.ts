import type { IncomingMessage } from '../domain/incoming.ts'
import { classify } from '../domain/pacing.ts'
import { setTimer } from '../storage/message-changes.ts'
import { raiseClass } from '../storage/pacing.ts'
import type { Trx } from '../storage/tables.ts'

/** What waits for somebody who has just written is an answer now; true where something does. */
export function hasten(trx: Trx, chatId: number, message: IncomingMessage, at: Date): Promise<boolean> {
  const standing = { kind: message.chat.kind, lastIncomingAt: message.sentAt.getTime() }
  return raiseClass(trx, chatId, classify(standing, at.getTime()))
}

/** Phones write the timer of the chat on each message that has room for it. */
export async function learnTimer(
  trx: Trx,
  chatId: number,
  { kind, details, sentAt }: IncomingMessage,
): Promise<void> {
  if (kind === 'unsupported' || details?.viewOnce) return
  await setTimer(trx, chatId, { seconds: details?.disappearsAfter ?? 0, at: sentAt })
}
