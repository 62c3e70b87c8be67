import type { Config } from './config/schema.ts'
import type { Chore } from './jobs/chores.ts'
import type { KnowledgeFolder } from './services/knowledge-folder.ts'
import type { Services } from './services/services.ts'
import type { SessionStore } from './storage/session-store.ts'
import type { Clock } from './util/clock.ts'
import type { Logger } from './util/logger.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

const hourMs = 60 * 60_000

export interface ChoreParts {
  services: Pick<
    Services,
    'conversations' | 'events' | 'idempotency' | 'mediaCleanup' | 'sending' | 'undecrypted'
  >
  sessions: Pick<SessionStore, 'prune'>
  webhooks: Pick<Webhooks, 'prune'>
  documents: Pick<KnowledgeFolder, 'sync'>
  clock: Clock
  log: Logger
}

/** All that the daemon does by the clock. */
export function choresOf(
  config: Pick<Config, 'conversations' | 'webhooks'>,
  { services, sessions, webhooks, documents, clock, log }: ChoreParts,
): Chore[] {
  const { conversations, events, idempotency, mediaCleanup, sending, undecrypted } = services
  const { resolveAfterHours } = config.conversations
  const { retentionDays } = config.webhooks
  const ago = (ms: number) => new Date(clock.now().getTime() - ms)
  const chores: Chore[] = [
    {
      name: 'see to what could not be decrypted',
      when: '*/5 * * * * *',
      run: () => undecrypted.goOn(),
    },
    { name: 'look for changed documents', when: '*/15 * * * * *', run: () => documents.sync() },
    { name: 'send what is scheduled', when: '* * * * * *', run: () => sending.schedules.run() },
    { name: 'forget old number checks', when: '47 * * * *', run: () => sending.numbers.prune() },
    { name: 'forget old answers', when: '7 * * * *', run: () => idempotency.prune() },
    { name: 'remove files that nobody needs', when: '47 4 * * *', run: () => mediaCleanup.run() },
    { name: 'forget old journal entries', when: '17 * * * *', run: () => sessions.prune(clock.now()) },
    { name: 'forget old deliveries', when: '27 * * * *', run: (signal) => webhooks.prune(signal) },
    {
      name: 'forget old events',
      when: '37 * * * *',
      run: (signal) => events.prune(ago(retentionDays * 24 * hourMs), signal),
    },
  ]
  if (resolveAfterHours !== null) {
    chores.push({
      name: 'resolve idle conversations',
      when: '* * * * *',
      run: async () => {
        const count = await conversations.resolveIdle(ago(resolveAfterHours * hourMs))
        if (count > 0) log.info({ count }, 'idle conversations resolved')
      },
    })
  }
  return chores
}
