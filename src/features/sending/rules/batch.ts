import type { BatchId } from '../../../core/ids.ts'
/** Describes a send to many recipients, and its progress. */
export interface Batch {
  id: BatchId
  /** Requested recipients, and how many were refused at once. */
  total: number
  rejected: number
  waiting: number
  /** Acknowledged by WhatsApp, including delivered and read ones. */
  sent: number
  delivered: number
  read: number
  failed: number
  cancelled: number
  createdAt: Date
  cancelledAt: Date | null
}

/** Maximum people who never wrote and may get the same text without confirmation. */
export const maxColdUnconfirmed = 20
