/** The queries about the outbox and the schedules that other features may use; all others are private. */

export { countWaiting } from './queries/outbox-list.ts'
export { outboxSummary, putOff } from './queries/outbox.ts'
export { schedulesOfPerson } from './queries/schedules.ts'
