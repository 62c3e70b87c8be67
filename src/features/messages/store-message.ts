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
import { directionOf, findNamed, isSameMessage, nameIn } from './named-messages.ts'
import { insertArrived } from './queries/insert-message.ts'
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
  files: FileRules,
): Promise<Arrival | undefined> {
  if (await isRepeated(trx, placed)) return completeMessage(trx, placed, files)
  const { accountId, chat, message, at } = placed
  const isReported = message.kind !== 'undecryptable' && message.origin !== 'history'
  const row = rowOfArrival(message, { accountId, chatId: chat.id, at })
  const arrived = await insertArrived(trx, row, { joins: isReported && chat.customerId !== null })
  if (!arrived) return completeMessage(trx, placed, files)
  const { id } = arrived
  await noteFileOf(trx, placed, id, files)
  await count(trx, placed, id)
  if (message.kind === 'undecryptable') {
    await noteUndecrypted(trx, { messageId: id, accountId, chatId: chat.id }, at)
  }
  return { ...placed, ...arrived, isNew: true, isReported }
}

/**
 * Tells whether the message is stored already. Two members of a group may use one id: their addresses tell whether it is the
 * same message.
 */
async function isRepeated(trx: Trx, { accountId, chat, message }: PlacedMessage): Promise<boolean> {
  if (message.participant === null) return false
  const known = await findNamed(trx, { accountId, chatId: chat.id, ...nameIn(message) })
  return known !== undefined && isSameMessage(known, message)
}

async function completeMessage(
  trx: Trx,
  placed: PlacedMessage,
  files: FileRules,
): Promise<Arrival | undefined> {
  const { accountId, chat, message } = placed
  if (message.kind === 'undecryptable') return undefined
  const known = await findNamed(trx, { accountId, chatId: chat.id, ...nameIn(message) })
  const id = known && (await fillIn(trx, known.id, message))
  if (id === undefined) return undefined
  await noteFileOf(trx, placed, id, files)
  await removeUndecrypted(trx, id)
  await refreshPreview(trx, chat.id, { messageId: id, preview: previewOf(message) })
  return { ...placed, id, conversationId: null, isNew: false, isReported: true, isAwaited: true }
}

async function noteFileOf(
  trx: Trx,
  { accountId, message, at }: PlacedMessage,
  messageId: MessageId,
  { fetchRules, mediaQueued }: FileRules,
): Promise<void> {
  const isToFetch = await noteFile(trx, fetchRules, { message, messageId, accountId, at })
  if (isToFetch) afterCommit(trx, () => mediaQueued.notify())
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
