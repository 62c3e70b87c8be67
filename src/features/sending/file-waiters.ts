import type { FileWaiters } from '../media/file-waiters.ts'
import { changeStatus } from '../messages/statuses.ts'
import { heldMessages, releaseWithUpload, settleKind } from './queries/held-messages.ts'

/** The messages in the outbox that wait for their files. */
export const fileWaiters: FileWaiters = {
  list: heldMessages,
  settle: settleKind,
  release: releaseWithUpload,
  fail: (trx, accountId, waId, why) =>
    changeStatus(trx, accountId, waId, { status: 'failed', reason: 'media_failed', ...why }),
}
