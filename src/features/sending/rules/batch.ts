import type { BatchId } from '../../../core/ids.ts'
/** A send to many recipients, and how far it has come. */
export interface Batch {
  id: BatchId
  /** Recipients that were asked for, and how many of them were refused at once. */
  total: number
  rejected: number
  waiting: number
  /** Acknowledged by WhatsApp; delivered and read ones included. */
  sent: number
  delivered: number
  read: number
  failed: number
  cancelled: number
  createdAt: Date
  cancelledAt: Date | null
}

/** So many people who never wrote may get the same text without the sender saying that it is meant. */
export const maxColdUnconfirmed = 20
