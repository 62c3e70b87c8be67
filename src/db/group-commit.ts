import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { CompiledQuery } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { takeAppended } from './appended-events.ts'
import { adopt } from './direct.ts'
import { diskFull, isDiskFault, translateFault } from './sqlite.ts'

interface Running<T> {
  trx: Transaction<T>
  how: How
  afterCommit: (() => void)[]
  /** The work has ended; what it left running can no longer join. */
  over: boolean
}

interface Waiting<T> {
  work: (trx: Transaction<T>) => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  how: How
  /** It has failed on a full disk before. */
  again?: true
  /** What belongs to whoever asked, such as in whose name, goes with the work into the batch. */
  context: AsyncResource
}

interface How {
  /** It must outlast a power cut. */
  firm: boolean
  /** What is read may be another after it. */
  seen: boolean
  /** It must succeed on a full disk, too. */
  urgent?: boolean
}

/** Room of the disk that is kept for urgent writes. */
export interface KeptRoom {
  /** Whether it was given up and is not back: then nothing but urgent writes may use what is left. */
  isSpent(): boolean
  /** @returns whether there was any to give up */
  giveUp(): boolean
}

/** What came of a work, to be told once its batch is on the disk. */
interface Outcome {
  settle: () => void
  afterCommit: readonly (() => void)[]
  /** It has appended events to the log. */
  appended: boolean
}

export interface GroupCommitOptions {
  kept?: KeptRoom
  /** Called after each commit that holds new events, once, however many. */
  onAppended?: () => void
}

/** More works than this in one transaction would keep the first caller waiting for no gain. */
const batchLimit = 200

const savepoint = CompiledQuery.raw('savepoint work')
const release = CompiledQuery.raw('release work')
const rollback = CompiledQuery.raw('rollback to work')
const flushing = {
  firm: CompiledQuery.raw('pragma synchronous = full'),
  lazy: CompiledQuery.raw('pragma synchronous = normal'),
}

/**
 * Writes that arrive while a transaction is being committed share the next one, so that a busy moment costs one
 * flush to the disk and not hundreds. Each work stands in a savepoint of its own: one that fails undoes only itself.
 * A promise is settled after the commit, never before.
 */
export class GroupCommit<T> {
  private readonly db: Kysely<T>
  private readonly kept: KeptRoom | undefined
  private readonly onAppended: () => void
  private readonly current = new AsyncLocalStorage<Running<T>>()
  private queue: Waiting<T>[] = []
  private running: Promise<void> | undefined
  private readonly betweenBatches: (() => void)[] = []
  /** Whether the connection flushes each commit to the disk at once, as it does when it is opened. */
  private firm = true
  private steps = 0
  private committed = 0

  constructor(db: Kysely<T>, { kept, onAppended = () => undefined }: GroupCommitOptions = {}) {
    this.db = db
    this.kept = kept
    this.onAppended = onAppended
  }

  /**
   * Is another number after every change and while one is being made: what was read between two equal ones is still so, also on
   * the connection that writes.
   */
  get version(): number {
    return this.steps
  }

  /** The transaction of the work that is running, for its own code and whatever that calls; undefined outside of one. */
  get transaction(): Transaction<T> | undefined {
    const running = this.current.getStore()
    return running && !running.over ? running.trx : undefined
  }

  /** Is another number after every commit of what is not written aside. */
  get changes(): number {
    return this.committed
  }

  /** Runs `work` in a transaction; inside another `write` it joins that one. Nothing but the database may be awaited in it. */
  write<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: true, seen: true })
  }

  /**
   * The same for what is made again from other rows where it is missing: it outlasts the end of the process, but a power cut
   * may undo it, together with all lazy writes since. It costs no flush to the disk.
   */
  writeLazily<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: false, seen: true })
  }

  /** Like `write`, for what is read only by who wrote it: it does not count among the changes. */
  writeAside<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: true, seen: false })
  }

  /**
   * Like `write`, for what must work on a full disk: then the kept room is given up, and the work runs once more. Inside another
   * `write` that one becomes urgent.
   */
  writeUrgently<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    const joined = this.current.getStore()
    if (joined && !joined.over) joined.how.urgent = true
    return this.enqueue(work, { firm: true, seen: true, urgent: true })
  }

  private enqueue<R>(work: (trx: Transaction<T>) => Promise<R>, how: How): Promise<R> {
    const joined = this.transaction
    if (joined) return work(joined)
    if (this.kept?.isSpent() && !how.urgent) return Promise.reject(diskFull())
    return new Promise<R>((resolve, reject) => {
      const context = new AsyncResource('zaguan.write')
      this.queue.push({ work, resolve: (value) => resolve(value as R), reject, how, context })
      // Started outside of the caller's async context: the batch belongs to nobody in particular.
      this.running ??= this.current.exit(() => this.drain())
    })
  }

  /** Calls `then` once the running transaction is on the disk, or at once outside of one. Not called where it fails. */
  afterCommit(then: () => void): void {
    const running = this.current.getStore()
    if (running && !running.over) running.afterCommit.push(then)
    else then()
  }

  /** Runs `work` on the connection when no transaction is open. It must not wait for anything. */
  between<R>(work: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(work())
        } catch (error) {
          reject(translateFault(error) as Error)
        }
      }
      if (this.running) this.betweenBatches.push(run)
      else run()
    })
  }

  /** Resolves when everything that was asked for so far is settled. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      // Everything that became ready in this turn of the event loop goes into the same commit.
      await new Promise((resolve) => setImmediate(resolve))
      const batch = this.queue.splice(0, batchLimit)
      await this.commit(batch)
      for (const run of this.betweenBatches.splice(0)) run()
    }
    this.running = undefined
  }

  private async commit(batch: Waiting<T>[]): Promise<void> {
    const done: Outcome[] = []
    let lost: unknown
    this.steps++
    try {
      await this.flush(batch.some(({ how }) => how.firm))
      await this.db.transaction().execute(async (trx) => {
        adopt(trx, this.db)
        for (const waiting of batch) {
          const outcome = await this.perform(trx, waiting).catch((error: unknown) => {
            lost = error
            throw error
          })
          done.push(outcome)
        }
      })
    } catch (error) {
      // Where SQLite has rolled back by itself, the error is that of a second rollback and tells nothing.
      const fault = translateFault(lost ?? error)
      for (const waiting of batch) this.fail(waiting, fault)
      return
    } finally {
      this.steps++
      if (batch.some(({ how }) => how.seen)) this.committed++
    }
    for (const { afterCommit } of done) for (const then of afterCommit) callSafely(then)
    if (done.some(({ appended }) => appended)) callSafely(this.onAppended)
    for (const { settle } of done) settle()
  }

  /** Tells whoever waits, unless the work is worth the kept room: then it runs once more. */
  private fail(waiting: Waiting<T>, fault: unknown): void {
    const isWorthIt = waiting.how.urgent === true && waiting.again === undefined && isDiskFault(fault)
    // What one of a batch has given up is there for all of it.
    if (isWorthIt && (this.kept?.giveUp() || this.kept?.isSpent())) {
      this.queue.push({ ...waiting, again: true })
    } else {
      waiting.reject(fault)
    }
  }

  /** The setting can change only between transactions. */
  private async flush(firm: boolean): Promise<void> {
    if (firm === this.firm) return
    await this.db.executeQuery(firm ? flushing.firm : flushing.lazy)
    this.firm = firm
  }

  private async perform(trx: Transaction<T>, waiting: Waiting<T>): Promise<Outcome> {
    const running: Running<T> = { trx, how: waiting.how, afterCommit: [], over: false }
    await trx.executeQuery(savepoint)
    try {
      const value = await waiting.context.runInAsyncScope(() =>
        this.current.run(running, () => waiting.work(trx)),
      )
      await trx.executeQuery(release)
      const { afterCommit } = running
      return { settle: () => waiting.resolve(value), afterCommit, appended: takeAppended(trx) }
    } catch (error) {
      // A full disk makes SQLite roll back the whole transaction: then there is no savepoint to go back to.
      await trx.executeQuery(rollback).catch(() => {
        throw error
      })
      await trx.executeQuery(release)
      // Its events went with it.
      takeAppended(trx)
      return { settle: () => this.fail(waiting, translateFault(error)), afterCommit: [], appended: false }
    } finally {
      running.over = true
    }
  }
}

/** What is on the disk stays there: a listener that throws is a fault of its own and spares the others. */
function callSafely(then: () => void): void {
  try {
    then()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
