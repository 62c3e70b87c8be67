import type { PersonData } from '../../core/person-data.ts'
import { redactAnswers } from './queries/idempotency.ts'

/** What answers that are kept to be repeated say of people. */
export const accessPersonData: PersonData = {
  name: 'access',
  tables: ['idempotency'],
  erase: redactAnswers,
}
