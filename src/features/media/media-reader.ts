import type { MessageId } from '../../core/ids.ts'
/** A file of a message, on this machine. */
export interface MediaFile {
  path: string
  /** By its bytes, not by the sender's word. */
  mimeType: string
  /** In bytes. */
  size: number
}

/** Reads the files that came with messages. */
export interface MediaReader {
  /** The file of a message; may wait a little for one that is being fetched. Undefined where there is none to be had. */
  open(messageId: MessageId): Promise<MediaFile | undefined>
}
