import type { PersonData } from '../../core/person-data.ts'
import { redactEvents } from './queries/events-erase.ts'

/** What the log says of people. Events stay, for their numbers have no gap, and their words go. */
export const eventsPersonData: PersonData = {
  name: 'events',
  tables: ['events'],
  erase: redactEvents,
}
