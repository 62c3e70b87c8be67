import type { PersonData } from '../../core/person-data.ts'
import { redactEvents } from './queries/events-erase.ts'

/** Erases people in the event log. Events stay, since their numbers have no gap, and lose the person's words. */
export const eventsPersonData: PersonData = {
  name: 'events',
  tables: ['events'],
  erase: redactEvents,
}
