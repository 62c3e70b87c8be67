import type { Trx } from '../../db/tables.ts'
import type { GroupMode } from '../chats/group.ts'
import { rememberSender } from '../chats/group-senders.ts'
import { findOrCreateGroupChat } from '../chats/groups.ts'
import { switchOnIfEmpty } from '../chats/records.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import { findOrCreateChat } from '../contacts/find-or-create-chat.ts'
import type { PlacedMessage } from './arrival.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'
import { findRelated } from './named-messages.ts'

/** Finds or creates the chat of a message, and learns of its author and of the messages that it names. */
export async function placeMessage(
  trx: Trx,
  given: IncomingMessage,
  people: BatchPeople,
  { groupMode, botNewChats }: { groupMode: GroupMode; botNewChats: boolean },
): Promise<PlacedMessage> {
  const { accountId, at } = people
  const silent = given.origin === 'history'
  const seenAt = silent ? given.sentAt : at
  const botEnabled = botNewChats && !silent && !given.fromMe && given.chat.kind === 'person'
  const found = await findOrCreateChat(trx, { ...people, address: given.chat, seenAt, silent, botEnabled })
  const isGroup = given.chat.kind === 'group'
  const chat = isGroup ? await findOrCreateGroupChat(trx, found, { accountId, mode: groupMode, at }) : found
  await rememberSender(trx, { ...people, seenAt }, given)
  if (botEnabled && chat.messageCount === 0) await switchOnIfEmpty(trx, chat.id)
  const related = await findRelated(trx, { accountId, chatId: chat.id }, given)
  return { accountId, chat, at, ...related }
}
