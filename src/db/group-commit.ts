import { AsyncResource } from 'node:async_hooks'
import { CompiledQuery } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { ContextVariable, outsideOfContexts } from '../util/context-variable.ts'
import { afterCommit, takeAfterCommit } from './after-commit.ts'
import { takeAppended } from './appended-events.ts'
import { adopt } from './direct.ts'
import { diskFull, isDiskFault, translateFault } from './sqlite.ts'

interface Running<T> {
  trx: Transaction<T>
  how: WriteMode
  /** The work has ended; what it left running can no longer join. */
  over: boolean
}

interface Waiting<T> {
  work: (trx: Transaction<T>) => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  how: WriteMode
  /** It has failed on a full disk before. */
  again?: true
  /** Carries the caller's async context, such as the acting key, into the batch. */
  context: AsyncResource
}

interface WriteMode {
  /** It must survive a power cut. */
  firm: boolean
  /** It changes what readers see. */
  seen: boolean
  /** It must succeed on a full disk, too. */
  urgent?: boolean
}

/** Disk space reserved for urgent writes. */
export interface KeptRoom {
  /** Tells whether it was given up and is not restored: then only urgent writes may use the remaining space. */
  isSpent(): boolean
  /** Frees the space. @returns whether there was any */
  giveUp(): boolean
}

/** What came of a work, to be told once its batch is on the disk. */
interface Outcome {
  settle: () => void
  afterCommit: Iterable<() => void>
  /** It has appended events to the log. */
  appended: boolean
}

/** What a group commit works with. */
export interface GroupCommitOptions {
  kept?: KeptRoom
  /** Called after each commit that holds new events, once, however many. */
  onAppended?: () => void
}

/** A larger batch would keep the first caller waiting without gain. */
const batchLimit = 200

const savepoint = CompiledQuery.raw('savepoint work')
const release = CompiledQuery.raw('release work')
const rollback = CompiledQuery.raw('rollback to work')
const flushing = {
  firm: CompiledQuery.raw('pragma synchronous = full'),
  lazy: CompiledQuery.raw('pragma synchronous = normal'),
}

/**
 * Writes that arrive during a commit share the next transaction, so that a busy moment costs one flush to disk
 * instead of hundreds. Each work has its own savepoint: a failing one undoes only itself. A promise settles after the
 * commit, never before.
 */
export class GroupCommit<T> {
  private readonly db: Kysely<T>
  private readonly kept: KeptRoom | undefined
  private readonly onAppended: () => void
  private readonly current = new ContextVariable<Running<T>>()
  private queue: Waiting<T>[] = []
  private running: Promise<void> | undefined
  private readonly betweenBatches: (() => void)[] = []
  /** Whether the connection flushes each commit to disk at once, as it does when opened. */
  private firm = true
  private steps = 0
  private committed = 0

  constructor(db: Kysely<T>, { kept, onAppended = () => undefined }: GroupCommitOptions = {}) {
    this.db = db
    this.kept = kept
    this.onAppended = onAppended
  }

  /**
   * A number that changes with every change and differs while one is made: a read between two equal values is still
   * valid, also on the writing connection.
   */
  get version(): number {
    return this.steps
  }

  /** The transaction of the running work, for its own code and whatever it calls; undefined outside. */
  get transaction(): Transaction<T> | undefined {
    const running = this.current.get()
    return running && !running.over ? running.trx : undefined
  }

  /** A number that changes with every commit, except of works written aside. */
  get changes(): number {
    return this.committed
  }

  /** Runs `work` in a transaction; inside another `write` it joins that one. `work` may await only the database. */
  write<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: true, seen: true })
  }

  /**
   * Like `write`, for rows that can be rebuilt from others: they survive the end of the process, but a power cut may
   * undo them, together with all lazy writes since. Costs no flush to disk.
   */
  writeLazily<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: false, seen: true })
  }

  /** Like `write`, for rows that only their writer reads: does not count as a change. */
  writeAside<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: true, seen: false })
  }

  /**
   * Like `write`, for works that must succeed on a full disk: gives up the reserved space and runs the work once
   * more. Inside another `write` that one becomes urgent.
   */
  writeUrgently<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    const joined = this.current.get()
    if (joined && !joined.over) joined.how.urgent = true
    return this.enqueue(work, { firm: true, seen: true, urgent: true })
  }

  private enqueue<R>(work: (trx: Transaction<T>) => Promise<R>, how: WriteMode): Promise<R> {
    const joined = this.transaction
    if (joined) return work(joined)
    if (this.kept?.isSpent() && !how.urgent) return Promise.reject(diskFull())
    return new Promise<R>((resolve, reject) => {
      const context = new AsyncResource('zaguan.write')
      this.queue.push({ work, resolve: (value) => resolve(value as R), reject, how, context })
      // Started outside the caller's async context: the batch belongs to no single caller.
      this.running ??= outsideOfContexts(() => this.drain())
    })
  }

  /**
   * Calls `then` once the running transaction is on disk, or at once outside of one; not if the transaction fails.
   */
  afterCommit(then: () => void): void {
    const running = this.transaction
    if (running) afterCommit(running, then)
    else then()
  }

  /** Runs `work`, which must be synchronous, on the connection while no transaction is open. */
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

  /** Resolves when everything requested so far has settled. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      // Everything that becomes ready in this turn of the event loop joins the same commit.
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
      // If SQLite has rolled back by itself, the error is that of a second rollback and says nothing.
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

  /** Rejects the caller, unless the work may use the reserved space: then it runs once more. */
  private fail(waiting: Waiting<T>, fault: unknown): void {
    const isWorthIt = waiting.how.urgent === true && waiting.again === undefined && isDiskFault(fault)
    // Space given up by one work of a batch serves the whole batch.
    if (isWorthIt && (this.kept?.giveUp() || this.kept?.isSpent())) {
      this.queue.push({ ...waiting, again: true })
    } else {
      waiting.reject(fault)
    }
  }

  /** Switches flushing. The setting can change only between transactions. */
  private async flush(firm: boolean): Promise<void> {
    if (firm === this.firm) return
    await this.db.executeQuery(firm ? flushing.firm : flushing.lazy)
    this.firm = firm
  }

  private async perform(trx: Transaction<T>, waiting: Waiting<T>): Promise<Outcome> {
    const running: Running<T> = { trx, how: waiting.how, over: false }
    await trx.executeQuery(savepoint)
    try {
      const value = await waiting.context.runInAsyncScope(() =>
        this.current.run(running, () => waiting.work(trx)),
      )
      await trx.executeQuery(release)
      const settle = () => waiting.resolve(value)
      return { settle, afterCommit: takeAfterCommit(trx), appended: takeAppended(trx) }
    } catch (error) {
      // On a full disk SQLite rolls back the whole transaction: there is no savepoint to return to.
      await trx.executeQuery(rollback).catch(() => {
        throw error
      })
      await trx.executeQuery(release)
      // Its events and effects went with it.
      takeAppended(trx)
      takeAfterCommit(trx)
      return { settle: () => this.fail(waiting, translateFault(error)), afterCommit: [], appended: false }
    } finally {
      running.over = true
    }
  }
}

/** Calls a listener. The data are on disk already; a listener that throws must not affect the others. */
function callSafely(then: () => void): void {
  try {
    then()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
