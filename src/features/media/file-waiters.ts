import type { MediaSource } from '../../core/content.ts'
import type { AccountId, MediaId, MessageId } from '../../core/ids.ts'
import type { Db, Trx } from '../../db/tables.ts'
import type { MediaKind, MediaPreview } from './media.ts'

/** Names a message that waits for its file. */
export interface HeldMessage {
  messageId: MessageId
  waId: string
  kind: MediaKind
  text: string
}

/** Holds the facts that the bytes of a file add to a message with it. */
export interface FoundFile {
  kind: MediaKind
  mimeType: string
  voice: boolean
  /** The duration of a sound or film; null if unknown. */
  seconds: number | null
  fileName: string
}

/** Changes the messages that wait for their files before they go out. Every write is part of the file's own transaction. */
export interface FileWaiters {
  /** Lists the messages that wait for this file. */
  list(db: Db, mediaId: MediaId): Promise<HeldMessage[]>
  /** Fills in the kind and the duration from the bytes if the request left them open. */
  settle(trx: Trx, messageId: MessageId, found: FoundFile): Promise<void>
  /** Releases a message with its upload; null where the upload goes nowhere. Every try sends exactly the same from now on. */
  release(
    trx: Trx,
    messageId: MessageId,
    to: { upload: MediaSource | null; preview: MediaPreview; size: number; at: Date },
  ): Promise<void>
  /** Fails a message whose file cannot be had, with the reason in words. */
  fail(trx: Trx, accountId: AccountId, waId: string, why: { detail: string; at: Date }): Promise<void>
}
