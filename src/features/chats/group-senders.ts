import type { Trx } from '../../db/tables.ts'
import type { InboundContext } from '../contacts/contact-sync.ts'
import { learnPair } from '../contacts/identity.ts'
import type { IncomingMessage } from '../messages/incoming.ts'
import { noteSender } from './queries/senders.ts'

/**
 * Stores the authors of group messages, who need not have chats of their own. An erased person's messages stay there,
 * without the name.
 */
export async function rememberSender(
  trx: Trx,
  seen: InboundContext & { seenAt: Date },
  { participant, participantAlt = null, pushName, fromMe, sentAt, origin }: IncomingMessage,
): Promise<void> {
  if (participant === null || fromMe) return
  const jids = [participant, participantAlt]
  if (await seen.erased?.includesPerson(jids, { at: sentAt, origin })) return
  await learnPair(trx, jids, seen)
  await noteSender(trx, seen.accountId, { jid: participant, otherJid: participantAlt, pushName })
}
