import type { AccountId, MessageId } from '../../core/ids.ts'
import type { IncomingMessage } from '../../core/messages/incoming.ts'
import { isOfKind } from '../../core/message-body.ts'
import { mediaKinds } from './media.ts'
import { insertMedia, setMessageMedia } from './queries/media.ts'
import type { Trx } from '../../db/tables.ts'

/** Auto-download settings. */
export interface FetchRules {
  fetch: boolean
  maxBytes: number
}

/** Records the file of an incoming message in the message's transaction; returns whether it is to be fetched. */
export async function noteFile(
  trx: Trx,
  rules: FetchRules,
  about: { accountId: AccountId; id: MessageId; message: IncomingMessage; at: Date },
): Promise<boolean> {
  const { message, accountId, at } = about
  if (!message.file || !isOfKind(message, mediaKinds)) return false
  const facts = message.details?.media
  if (!facts) return false
  const isTooLarge = facts.sizeBytes > rules.maxBytes
  // A phone's history may name thousands of files: those are fetched on request.
  const waits = !rules.fetch || message.origin === 'history'
  const mediaId = await insertMedia(trx, {
    accountId,
    status: isTooLarge ? 'failed' : 'pending',
    reason: isTooLarge ? 'too_large' : waits ? 'not_fetched' : null,
    kind: message.kind,
    sha256: null,
    size: facts.sizeBytes,
    mimeType: facts.mimeType,
    fileName: facts.fileName,
    seconds: facts.seconds,
    thumbnail: message.file.thumbnail,
    source: message.file.source,
    url: null,
    dueAt: isTooLarge || waits ? null : at,
    keyId: null,
    createdAt: at,
  })
  await setMessageMedia(trx, about.id, mediaId)
  return !isTooLarge && !waits
}
