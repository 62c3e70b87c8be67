import type { MergedRow, Merging } from '../../../core/person-data.ts'
import type { Trx } from '../../../db/tables.ts'
import { classify } from '../rules/pacing.ts'
import { mergeColdTexts } from './cold-texts.ts'
import { markLookahead } from './outbox.ts'
import { removeFromOutbox } from '../../messages/records.ts'
import { lastIncomingAt, raiseClass } from './pacing.ts'

/** Moves the messages that wait for one of two chats to the other. */
export async function mergeSendingChat(trx: Trx, merging: Merging): Promise<void> {
  const { from, into, at } = merging
  await trx.updateTable('outbox').set({ chat_id: into }).where('chat_id', '=', from).execute()
  await markLookahead(trx, into)
  await mergeColdTexts(trx, merging)
  // A stranger under one address may have written under the other.
  const times = [await lastIncomingAt(trx, from), await lastIncomingAt(trx, into)].filter((ms) => ms !== null)
  const standing = { kind: 'person', lastIncomingAt: times.length > 0 ? Math.max(...times) : null } as const
  await raiseClass(trx, into, classify(standing, at.getTime()))
}

/** Takes a message that stood twice out of the queue: the one that stays went out or waits there itself. */
export async function mergeQueuedMessage(trx: Trx, { from }: MergedRow): Promise<void> {
  await removeFromOutbox(trx, from)
}
