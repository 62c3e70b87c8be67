/** The queries about the bot that other features may use; all others are private. */

export { appointmentsOfCustomer, comingAppointments } from './queries/appointments.ts'
export type { Appointment } from './queries/appointments.ts'
export { leadsOfCustomer } from './queries/catalogue.ts'
export type { Lead } from './queries/catalogue.ts'
export { ticketsOfCustomer } from './queries/tickets.ts'
export type { Ticket } from './queries/tickets.ts'
export { findTranscripts } from './queries/transcripts.ts'
export { listTurns } from './queries/turns.ts'
