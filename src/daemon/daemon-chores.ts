import type { Config } from '../config/schema.ts'
import type { Chore } from './chores.ts'
import type { DuplicatePeople } from '../features/contacts/duplicate-people.ts'
import type { AlertWatch } from '../features/insight/alert-watch.ts'
import type { KnowledgeFolder } from '../features/bot/knowledge-folder.ts'
import type { Services } from './services.ts'
import type { SessionStore } from '../db/sessions/session-store.ts'
import type { SpareFile } from '../features/media/files/spare-file.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Webhooks } from '../features/webhooks/webhooks.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** Holds the dependencies of the chores. */
export interface ChoreParts {
  services: Pick<
    Services,
    | 'audit'
    | 'conversations'
    | 'events'
    | 'idempotency'
    | 'inbox'
    | 'mediaCleanup'
    | 'sending'
    | 'traces'
    | 'undecrypted'
  >
  sessions: Pick<SessionStore, 'prune'>
  webhooks: Pick<Webhooks, 'prune'>
  documents: Pick<KnowledgeFolder, 'sync'>
  duplicates: Pick<DuplicatePeople, 'unite'>
  watch: Pick<AlertWatch, 'look'>
  spare: Pick<SpareFile, 'keep'>
  clock: Clock
  log: Logger
}

/** Returns all recurring tasks of the daemon. */
export function choresOf(
  config: Pick<Config, 'conversations' | 'webhooks'>,
  { services, sessions, webhooks, documents, duplicates, watch, spare, clock, log }: ChoreParts,
): Chore[] {
  const { audit, conversations, events, idempotency, inbox } = services
  const { mediaCleanup, sending, traces, undecrypted } = services
  const { resolveAfterHours } = config.conversations
  const { retentionDays } = config.webhooks
  const ago = (ms: number) => new Date(clock.now().getTime() - ms)
  /** Deletes outdated data: not all in the same minute, and nothing during the start. */
  const hourly = (name: string, firstMs: number, run: Chore['run']): Chore => ({
    name,
    everyMs: hourMs,
    firstMs,
    run,
  })
  const chores: Chore[] = [
    {
      name: 'ask again for undecryptable messages',
      everyMs: 5 * secondMs,
      run: () => undecrypted.askAndAnnounce(),
    },
    {
      name: 'keep the spare file of a full disk',
      everyMs: minuteMs,
      firstMs: 2 * secondMs,
      run: () => spare.keep(),
    },
    { name: 'remove the traces of erased people', everyMs: 5 * secondMs, run: () => traces.run() },
    { name: 'look for changed documents', everyMs: 15 * secondMs, run: () => documents.sync() },
    { name: 'tell the owner', everyMs: 5 * secondMs, run: () => watch.look() },
    { name: 'run schedules', everyMs: secondMs, run: () => sending.schedules.run() },
    hourly('merge people who are stored twice', 5 * secondMs, (signal) => duplicates.unite(signal)),
    hourly('forget old answers', 7 * minuteMs, () => idempotency.prune()),
    hourly('delete old journal entries', 17 * minuteMs, () => sessions.prune(clock.now())),
    hourly('delete old deliveries', 27 * minuteMs, (signal) => webhooks.prune(signal)),
    hourly('forget old events', 37 * minuteMs, (signal) => {
      return events.prune(ago(retentionDays * 24 * hourMs), signal)
    }),
    hourly('delete changes of messages that never came', 42 * minuteMs, () => inbox.prune()),
    hourly('delete old audit entries', 45 * minuteMs, (signal) => audit.prune(signal)),
    hourly('delete old number checks', 47 * minuteMs, () => sending.numbers.prune()),
    hourly('delete old records of first messages to strangers', 52 * minuteMs, () => sending.batches.prune()),
    hourly('delete old copies of databases', 55 * minuteMs, async () =>
      traces.removeOldCopies(ago(7 * 24 * hourMs)),
    ),
    {
      name: 'delete unused files',
      everyMs: 24 * hourMs,
      firstMs: 57 * minuteMs,
      run: () => mediaCleanup.run(),
    },
  ]
  if (resolveAfterHours !== null) {
    const idleSince = () => ago(resolveAfterHours * hourMs)
    chores.push(resolveIdle(conversations, idleSince, log))
  }
  return chores
}

function resolveIdle(
  conversations: Pick<Services['conversations'], 'resolveIdle'>,
  idleSince: () => Date,
  log: Logger,
): Chore {
  return {
    name: 'resolve idle conversations',
    everyMs: minuteMs,
    run: async () => {
      const count = await conversations.resolveIdle(idleSince())
      if (count > 0) log.info({ count }, 'idle conversations resolved')
    },
  }
}
