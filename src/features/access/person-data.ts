import type { PersonData } from '../../core/person-data.ts'
import { redactAnswers } from './queries/idempotency.ts'

/** Merges and erases people in answers that are kept for repeated requests. */
export const accessPersonData: PersonData = {
  name: 'access',
  tables: ['idempotency'],
  erase: redactAnswers,
}
