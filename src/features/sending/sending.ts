import type { Batches } from './batches.ts'
import type { NumberChecks } from './number-lookup.ts'
import type { Schedules } from './schedules.ts'
import type { Templates } from './templates.ts'
import type { Waiting } from './queue-report.ts'

/** How and when messages go out, one object per activity. */
export interface Sending {
  waiting: Pick<Waiting, 'place' | 'list'>
  batches: Pick<Batches, 'send' | 'plan' | 'get' | 'cancel' | 'prune'>
  schedules: Pick<Schedules, 'create' | 'list' | 'get' | 'update' | 'cancel' | 'run'>
  templates: Pick<Templates, 'create' | 'list' | 'get' | 'update' | 'remove' | 'preview'>
  numbers: Pick<NumberChecks, 'prune'>
}
