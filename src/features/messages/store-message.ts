import type { MessageId } from '../../core/ids.ts'
import { afterCommit } from '../../db/after-commit.ts'
import type { Trx } from '../../db/tables.ts'
import type { Notifier } from '../../util/notifier.ts'
import { clearUnread, countMessage, refreshPreview } from '../chats/records.ts'
import { noteFile } from '../media/media-arrivals.ts'
import type { FetchRules } from '../media/media-arrivals.ts'
import type { Arrival, PlacedMessage } from './arrival.ts'
import { rowOfArrival } from './arrived-row.ts'
import { previewOf } from './message.ts'
import { directionOf } from './named-messages.ts'
import { insertArrived } from './queries/insert-message.ts'
import type { NewMessage } from './queries/insert-message.ts'
import { fillIn } from './queries/messages.ts'
import { removeUndecrypted } from './queries/undecrypted.ts'
import { noteUndecrypted } from './undecrypted.ts'

/** Says which files of messages are fetched, and whom to notify of them. */
export interface FileRules {
  fetchRules: FetchRules
  mediaQueued: Notifier
}

/**
 * Stores a message with its file and counts it in its chat, or completes the stored one with its id if that could not
 * be decrypted. @returns undefined if it is stored already
 */
export async function storeMessage(
  trx: Trx,
  placed: PlacedMessage,
  { fetchRules, mediaQueued }: FileRules,
): Promise<Arrival | undefined> {
  const row = rowOfArrival(placed)
  const added = placed.storedAs === undefined ? await addMessage(trx, placed, row) : undefined
  const arrival = added ?? (await completeMessage(trx, placed, row))
  if (arrival && (await noteFile(trx, fetchRules, arrival))) afterCommit(trx, () => mediaQueued.notify())
  return arrival
}

async function addMessage(trx: Trx, placed: PlacedMessage, row: NewMessage): Promise<Arrival | undefined> {
  const { accountId, chat, message, at } = placed
  const isReported = message.kind !== 'undecryptable' && message.origin !== 'history'
  const arrived = await insertArrived(trx, row, { joins: isReported && chat.customerId !== null })
  if (!arrived) return undefined
  await count(trx, placed, arrived.id)
  if (message.kind === 'undecryptable') {
    await noteUndecrypted(trx, { messageId: arrived.id, accountId, chatId: chat.id }, at)
  }
  return { ...placed, ...arrived, isNew: true, isReported }
}

async function completeMessage(
  trx: Trx,
  placed: PlacedMessage,
  row: NewMessage,
): Promise<Arrival | undefined> {
  if (row.kind === 'undecryptable') return undefined
  const id = await fillIn(trx, row, placed.storedAs)
  if (id === undefined) return undefined
  await removeUndecrypted(trx, id)
  await refreshPreview(trx, placed.chat.id, { messageId: id, preview: previewOf(placed.message) })
  return { ...placed, id, conversationId: null, isNew: false, isReported: true, isAwaited: true }
}

async function count(trx: Trx, { chat, message }: PlacedMessage, id: MessageId): Promise<void> {
  const isOld = message.origin === 'history'
  await countMessage(trx, chat.id, {
    id,
    customerId: chat.customerId,
    sentAt: message.sentAt,
    preview: previewOf(message),
    direction: directionOf(message),
    unread: !message.fromMe && !isOld,
    confirms: true,
  })
  chat.messageCount += 1
  // A person who answers on the phone has read the chat; an old answer from the history says nothing of today.
  if (message.fromMe && !isOld) await clearUnread(trx, chat.id)
}
