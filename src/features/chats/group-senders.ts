import type { Trx } from '../../db/tables.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import { noteUsername } from '../contacts/contact-sync.ts'
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
  const { pushName, username = null } = names
  const sender = { jid: participant, otherJid: participantAlt, pushName, username }
  const isNew = await noteSender(trx, people.accountId, sender)
  if (username === null || !isNew) return
  const known = jids.filter((jid) => jid !== null)
  await noteUsername(trx, people.accountId, known, { username, at: people.at })
}
