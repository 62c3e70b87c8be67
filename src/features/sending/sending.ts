import type { Batches } from './batches.ts'
import type { NumberChecks } from './number-lookup.ts'
import type { Submissions } from './submissions.ts'
import type { Schedules } from './schedules/schedules.ts'
import type { Templates } from './templates.ts'
import type { QueueReport } from './queue/queue-report.ts'

/** Holds the services about how and when messages go out. */
export interface Sending {
  waiting: Pick<QueueReport, 'position' | 'list'>
  submissions: Pick<Submissions, 'submit' | 'submitOne' | 'submitInConversation'>
  batches: Pick<Batches, 'get' | 'cancel' | 'prune'>
  schedules: Pick<Schedules, 'create' | 'list' | 'get' | 'update' | 'cancel' | 'run'>
  templates: Pick<Templates, 'create' | 'list' | 'get' | 'update' | 'remove' | 'preview'>
  numbers: Pick<NumberChecks, 'prune'>
}
