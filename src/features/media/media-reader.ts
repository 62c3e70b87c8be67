import type { MessageId } from '../../core/ids.ts'
/** Holds a message's file on this machine. */
export interface MediaFile {
  path: string
  /** The type by the bytes, not by the sender's claim. */
  mimeType: string
  /** The file's size in bytes. */
  size: number
}

/** Reads the files of messages. */
export interface MediaReader {
  /** Opens a message's file; may wait a little while it is being fetched. Undefined if unavailable. */
  open(messageId: MessageId): Promise<MediaFile | undefined>
}
