import type { Trx } from '../../db/tables.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import { learnPair } from '../contacts/identity.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'
import { noteSender } from './queries/senders.ts'

/**
 * Stores the authors of group messages, who need not have chats of their own. An erased person's messages stay there,
 * without the name.
 */
export async function rememberSender(
  trx: Trx,
  people: BatchPeople & { seenAt: Date },
  { participant, participantAlt = null, fromMe, sentAt, origin, ...names }: IncomingMessage,
): Promise<void> {
  if (participant === null || fromMe) return
  const jids = [participant, participantAlt]
  if (await people.erased?.includesPerson(jids, { at: sentAt, origin })) return
  await learnPair(trx, jids, people)
  await noteSender(trx, people.accountId, {
    jid: participant,
    otherJid: participantAlt,
    pushName: names.pushName,
    username: names.username ?? null,
  })
}
