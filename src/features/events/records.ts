/** The queries about the event log that other features may use; all others are private. */

export { eventsOfCustomer } from './queries/events-erase.ts'
export type { PersonInEvents } from './queries/events-erase.ts'
export { appendEvent, eventsAfter, newestSeq, pruneEvents, seqBefore } from './queries/events.ts'
