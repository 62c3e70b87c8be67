import { marks } from './008-kinds.ts'
import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds the answers to an event: like reactions and votes, one row per person, found by the person in groups. */
export const eventAnswers: Migration = {
  about: 'answers to events',
  async up(db) {
    await marks(db, 'event_answers', 'answer')
    await sql`create index event_answers_person on event_answers(person)
      where person <> 'me' and person <> 'customer'`.execute(db)
  },
}
