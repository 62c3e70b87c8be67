/** A part of the phone's history that is still to be fetched and stored. */
export interface HistoryChunk {
  id: number
  /** The phone's notification of it, as protobuf. */
  notification: Uint8Array
  /** When the phone told of it. */
  receivedAt: Date
  /** How often it could not be fetched. */
  attempts: number
}

/** What was stored of a chunk. */
export interface HistoryDone {
  messages: number
  /** How much of the last months, or of the whole history, the phone has sent with it, in percent; null where it does not say. */
  progress: number | null
  /** Whether it belongs to the whole history, which comes after the last months. */
  whole: boolean
}

/** How the import of the phone's history stands. */
export interface HistorySummary {
  /** Chunks that are still to be stored, and those that were given up. */
  waiting: number
  failed: number
  /** Messages in the chunks that are stored; what overlaps is counted in each. */
  messages: number
  /** How much the phone has sent, in percent; null before it has said so. */
  progress: number | null
  /** What that is a part of: the whole history, where the phone is at that, or the last months. */
  whole: boolean
  /** Where a chunk could not be fetched: why, and when that is tried again. */
  trouble: { why: string; until: Date } | null
}

export const noHistory: HistorySummary = {
  waiting: 0,
  failed: 0,
  messages: 0,
  progress: null,
  whole: false,
  trouble: null,
}

/** The chunks of one account's history, kept until they are stored. */
export interface HistoryQueue {
  /** Once for each hash, however often it comes. */
  add(chunk: { hash: string; notification: Uint8Array; receivedAt: Date }): Promise<void>
  /** The first chunk that is due. */
  next(now: Date): Promise<HistoryChunk | undefined>
  /** When the next one becomes due; undefined where none waits. */
  nextTime(): Promise<Date | undefined>
  done(id: number, done: HistoryDone): Promise<void>
  /** To be tried again then. */
  postpone(id: number, to: { attempts: number; dueAt: Date; why: string }): Promise<void>
  /** Never tried again; it stays, with the reason. */
  giveUp(id: number, why: string): Promise<void>
  summary(): Promise<HistorySummary>
}
