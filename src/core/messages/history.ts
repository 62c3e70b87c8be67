/** A part of the phone's history that is still to be fetched and stored. */
export interface HistoryChunk {
  id: number
  /** The phone's notification of it, as protobuf. */
  notification: Uint8Array
  /** Time of the phone's report. */
  receivedAt: Date
  /** Failed fetches so far. */
  attempts: number
}

/** Counts the stored parts of a chunk. */
export interface HistoryDone {
  messages: number
  /** Share of the last months, or of the whole history, that the phone has sent with it, in percent; null if not stated. */
  progress: number | null
  /** True if it belongs to the whole history, which comes after the last months. */
  whole: boolean
}

/** Sums up the import of the phone's history. */
export interface HistorySummary {
  /** Chunks still to be stored, and chunks given up. */
  waiting: number
  failed: number
  /** Messages in the stored chunks; overlaps count in each. */
  messages: number
  /** Share that the phone has sent, in percent; null if not stated yet. */
  progress: number | null
  /** True if that refers to the whole history, false for the last months. */
  whole: boolean
  /** Reason why a chunk could not be fetched, and the time of the next try. */
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

/** Keeps the chunks of one account's history until they are stored. */
export interface HistoryQueue {
  /** Adds a chunk; the same hash counts once. */
  add(chunk: { hash: string; notification: Uint8Array; receivedAt: Date }): Promise<void>
  /** Returns the first chunk that is due. */
  next(now: Date): Promise<HistoryChunk | undefined>
  /** Returns when the next chunk becomes due; undefined if none waits. */
  nextTime(): Promise<Date | undefined>
  done(id: number, done: HistoryDone): Promise<void>
  /** Schedules another try. */
  postpone(id: number, to: { attempts: number; dueAt: Date; why: string }): Promise<void>
  /** Gives a chunk up; it stays, with the reason. */
  giveUp(id: number, why: string): Promise<void>
  summary(): Promise<HistorySummary>
}
