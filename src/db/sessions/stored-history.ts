import type { Generated, Kysely, Updateable } from 'kysely'
import type { AccountId } from '../../core/ids.ts'
import type { HistoryChunk, HistoryDone, HistoryQueue, HistorySummary } from '../../core/messages/history.ts'
import { VersionedCache, onlyOne } from '../../util/versioned-cache.ts'
import type { GroupCommit } from '../group-commit.ts'

/**
 * Holds a chunk. It waits while it has a `due_at`. Stored, it loses that and the notification, which may hold megabytes; given
 * up, it loses only the former.
 */
export interface HistoryChunksTable {
  id: Generated<number>
  account_id: number
  hash: string
  notification: Uint8Array | null
  received_at: number
  due_at: number | null
  attempts: Generated<number>
  fault: string | null
  progress: number | null
  messages: Generated<number>
  whole: Generated<0 | 1>
}

interface Tables {
  history_chunks: HistoryChunksTable
}

/** Keeps the history in an account's vault. */
export class StoredHistory<T extends Tables> implements HistoryQueue {
  private readonly db: Kysely<Tables>
  private readonly group: GroupCommit<Tables>
  private readonly accountId: AccountId
  private readonly summed: VersionedCache<HistorySummary>

  constructor(db: Kysely<T>, group: GroupCommit<T>, accountId: AccountId) {
    // This class sees only the tables of the history.
    this.db = db as unknown as Kysely<Tables>
    this.group = group as unknown as GroupCommit<Tables>
    this.accountId = accountId
    this.summed = new VersionedCache(() => group.version, onlyOne)
  }

  async add(chunk: { hash: string; notification: Uint8Array; receivedAt: Date }): Promise<void> {
    const { hash, notification } = chunk
    const at = chunk.receivedAt.getTime()
    const row = { account_id: this.accountId, hash, notification, received_at: at, due_at: at }
    await this.group.write((trx) =>
      trx
        .insertInto('history_chunks')
        .values(row)
        .onConflict((c) => c.columns(['account_id', 'hash']).doNothing())
        .execute(),
    )
  }

  async next(now: Date): Promise<HistoryChunk | undefined> {
    const row = await this.db
      .selectFrom('history_chunks')
      .selectAll()
      .where('account_id', '=', this.accountId)
      .where('due_at', 'is not', null)
      .where('due_at', '<=', now.getTime())
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (!row?.notification) return undefined
    const { id, notification, attempts } = row
    return { id, notification, attempts, receivedAt: new Date(row.received_at) }
  }

  async nextTime(): Promise<Date | undefined> {
    const row = await this.db
      .selectFrom('history_chunks')
      .select((eb) => eb.fn.min<number | null>('due_at').as('at'))
      .where('account_id', '=', this.accountId)
      .where('due_at', 'is not', null)
      .executeTakeFirst()
    return typeof row?.at === 'number' ? new Date(row.at) : undefined
  }

  done(id: number, { messages, progress, whole }: HistoryDone): Promise<void> {
    const stored = { messages, progress, whole: whole ? 1 : 0 } as const
    return this.change(id, { ...stored, notification: null, due_at: null, fault: null })
  }

  postpone(id: number, to: { attempts: number; dueAt: Date; why: string }): Promise<void> {
    return this.change(id, { attempts: to.attempts, due_at: to.dueAt.getTime(), fault: to.why })
  }

  giveUp(id: number, why: string): Promise<void> {
    return this.change(id, { due_at: null, fault: why })
  }

  summary(): Promise<HistorySummary> {
    return this.summed.get('summary', () => this.sum())
  }

  private async sum(): Promise<HistorySummary> {
    const all = await this.db
      .selectFrom('history_chunks')
      .select((eb) => [
        eb.fn.countAll<number>().as('count'),
        eb.fn.count<number>('due_at').as('waiting'),
        eb.fn.sum<number | null>('messages').as('messages'),
      ])
      .where('account_id', '=', this.accountId)
      .executeTakeFirstOrThrow()
    const faulty = await this.db
      .selectFrom('history_chunks')
      .select(['fault', 'due_at'])
      .where('account_id', '=', this.accountId)
      .where('fault', 'is not', null)
      .orderBy('due_at')
      .execute()
    // Each linking starts again, and so does the whole history after the last months: the newest tells the progress.
    const newest = await this.db
      .selectFrom('history_chunks')
      .select(['progress', 'whole'])
      .where('account_id', '=', this.accountId)
      .where('progress', 'is not', null)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    const trying = faulty.find((row) => row.due_at !== null)
    return {
      waiting: all.waiting,
      failed: faulty.filter((row) => row.due_at === null).length,
      messages: all.messages ?? 0,
      progress: newest?.progress ?? null,
      whole: newest?.whole === 1,
      trouble: trying ? { why: trying.fault ?? '', until: new Date(trying.due_at ?? 0) } : null,
    }
  }

  private async change(id: number, set: Updateable<HistoryChunksTable>): Promise<void> {
    await this.group.write((trx) =>
      trx
        .updateTable('history_chunks')
        .set(set)
        .where('account_id', '=', this.accountId)
        .where('id', '=', id)
        .execute(),
    )
  }
}
