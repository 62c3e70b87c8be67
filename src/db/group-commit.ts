import { AsyncResource } from 'node:async_hooks'
import { CompiledQuery } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { ContextVariable, outsideOfContexts } from '../util/context-variable.ts'
import { takeAfterCommit } from './after-commit.ts'
import { boundEvents, takeAppended } from './appended-events.ts'
import { callSafely } from './call-safely.ts'
import { adopt } from './direct.ts'
import { FlushQueue } from './flush-queue.ts'
import type { WorkOutcome } from './flush-queue.ts'
import { diskFull, isDiskFault, translateFault } from './sqlite.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

interface Running<T> {
  trx: Transaction<T>
  how: WriteMode
  /** True once the work has ended; calls that it left running can no longer join. */
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
export interface ReservedSpace {
  /** Tells whether it was given up and is not restored: then only urgent writes may use the remaining space. */
  isSpent(): boolean
  /** Frees the space. @returns whether there was any */
  giveUp(): boolean
}

/** Holds a work that was performed in a transaction that is still open. */
interface Performed extends WorkOutcome {
  /** It must be on the disk before it is told. */
  firm: boolean
  wrote: boolean
}

/** Holds the dependencies of a group commit. */
export interface GroupCommitOptions {
  /** The log of the database, which counts the rows written through the connection. */
  log: Pick<WriteAheadLog, 'flush' | 'rows' | 'isLong' | 'copy' | 'restart'>
  reserved?: ReservedSpace
  /** Called after each flush of new events, once for any number of them. */
  onAppended?: () => void
}

/** A larger batch would keep the first caller waiting without gain. */
const batchLimit = 200

const savepoint = CompiledQuery.raw('savepoint work')
const release = CompiledQuery.raw('release work')
const rollback = CompiledQuery.raw('rollback to work')

/**
 * Writes that arrive in one turn of the event loop share a transaction. Each work has its own savepoint: a failing one undoes
 * only itself. A promise settles when its work is on the disk, never before. Work goes on while the disk is busy: the next
 * transactions are committed meanwhile, readers see them, and they share the next flush.
 */
export class GroupCommit<T> {
  private readonly db: Kysely<T>
  private readonly log: GroupCommitOptions['log']
  private readonly reserved: ReservedSpace | undefined
  private readonly unflushed: FlushQueue
  private readonly current = new ContextVariable<Running<T>>()
  private queue: Waiting<T>[] = []
  private running: Promise<void> | undefined
  private readonly betweenBatches: (() => Promise<void>)[] = []
  private shortening: Promise<void> | undefined
  /** The works of the transaction that is open. */
  private performed: Performed[] = []
  private steps = 0
  private committed = 0

  constructor(db: Kysely<T>, { log, reserved, onAppended = () => undefined }: GroupCommitOptions) {
    this.db = db
    this.log = log
    this.reserved = reserved
    this.unflushed = new FlushQueue({ flush: () => log.flush(), onAppended })
  }

  /**
   * Returns a number that changes with every change and differs while one is made: a read between two equal values is still
   * valid, also on the writing connection.
   */
  get version(): number {
    return this.steps
  }

  /** Returns the transaction of the running work, for its own code and all that it calls; undefined outside. */
  get transaction(): Transaction<T> | undefined {
    const running = this.current.get()
    return running && !running.over ? running.trx : undefined
  }

  /** Returns a number that changes with every commit, except of works written aside. */
  get changes(): number {
    return this.committed
  }

  /** Runs `work` in a transaction; inside another `write` it joins that one. `work` may await only the database. */
  write<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: true, seen: true })
  }

  /**
   * Writes rows that can be rebuilt from others: they survive the end of the process, but a power cut may undo them, together
   * with all lazy writes since. Waits for no flush and costs none.
   */
  writeLazily<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: false, seen: true })
  }

  /** Writes rows that only their writer reads: does not count as a change. */
  writeAside<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    return this.enqueue(work, { firm: true, seen: false })
  }

  /**
   * Writes rows that must be written even on a full disk: gives up the reserved space and runs the work once more. Inside
   * another `write` that one becomes urgent.
   */
  writeUrgently<R>(work: (trx: Transaction<T>) => Promise<R>): Promise<R> {
    const joined = this.current.get()
    if (joined && !joined.over) joined.how.urgent = true
    return this.enqueue(work, { firm: true, seen: true, urgent: true })
  }

  private enqueue<R>(work: (trx: Transaction<T>) => Promise<R>, how: WriteMode): Promise<R> {
    const joined = this.transaction
    if (joined) return work(joined)
    if (this.unflushed.broken) return Promise.reject(this.unflushed.broken)
    if (this.reserved?.isSpent() && !how.urgent) return Promise.reject(diskFull())
    return new Promise<R>((resolve, reject) => {
      const context = new AsyncResource('zaguan.write')
      this.queue.push({ work, resolve: (value) => resolve(value as R), reject, how, context })
      // Started outside the caller's async context: the batch belongs to no single caller.
      this.running ??= outsideOfContexts(() => this.drain())
    })
  }

  /** Runs `work` while no transaction is open and none begins. */
  between<R>(work: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.betweenBatches.push(() =>
        work().then(resolve, (error: unknown) => reject(translateFault(error) as Error)),
      )
      this.running ??= outsideOfContexts(() => this.drain())
    })
  }

  /** Resolves when all that readers see now is on the disk, apart from lazy writes. @throws AppError unavailable */
  flushed(): Promise<void> {
    return this.unflushed.flushed()
  }

  /** Returns the number of the account's first event that is not on the disk yet; undefined if all are. */
  readonly firstUnflushed = (accountId: number): number | undefined => {
    for (const { appended } of this.performed) {
      const seq = appended?.get(accountId)
      if (seq !== undefined) return this.unflushed.firstUnflushed(accountId) ?? seq
    }
    return this.unflushed.firstUnflushed(accountId)
  }

  /** Resolves when everything requested so far has settled. */
  async idle(): Promise<void> {
    while (this.running ?? this.shortening) await (this.running ?? this.shortening)
    await this.unflushed.idle()
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0 || this.betweenBatches.length > 0) {
      for (const run of this.betweenBatches.splice(0)) await run()
      if (this.queue.length === 0) continue
      // Everything that becomes ready in this turn of the event loop joins the same commit.
      await new Promise((resolve) => setImmediate(resolve))
      await this.commit(this.queue.splice(0, batchLimit))
      if (this.log.isLong) this.shortening ??= this.shorten()
    }
    this.running = undefined
  }

  /** Copies the log into the database beside the writes, and lets them wait only for the rest. */
  private async shorten(): Promise<void> {
    try {
      await this.log.copy()
      await this.between(() => this.log.restart())
    } catch {
      // As on a full disk. It is tried again when the log has grown further.
    } finally {
      this.shortening = undefined
    }
  }

  private async commit(batch: Waiting<T>[]): Promise<void> {
    this.performed = []
    let lost: unknown
    this.steps++
    try {
      await this.db.transaction().execute(async (trx) => {
        adopt(trx, this.db)
        boundEvents(trx, this.firstUnflushed)
        for (const waiting of batch) {
          const outcome = await this.perform(trx, waiting).catch((error: unknown) => {
            lost = error
            throw error
          })
          this.performed.push(outcome)
        }
      })
    } catch (error) {
      this.performed = []
      // If SQLite has rolled back already, the error is that of a second rollback and hides the first.
      const fault = translateFault(lost ?? error)
      for (const waiting of batch) this.fail(waiting, fault)
      return
    } finally {
      this.steps++
      if (batch.some(({ how }) => how.seen)) this.committed++
    }
    this.settlePerformed()
  }

  /** Reports lazy works at once, and the others when they are on the disk. */
  private settlePerformed(): void {
    const firm = this.performed.filter((outcome) => outcome.firm)
    const lazy = this.performed.filter((outcome) => !outcome.firm)
    this.performed = []
    if (firm.length > 0)
      this.unflushed.add(
        firm,
        firm.some(({ wrote }) => wrote),
      )
    for (const { afterCommit } of lazy) for (const then of afterCommit) callSafely(then)
    for (const { settle } of lazy) settle()
  }

  /** Rejects the caller, unless the work may use the reserved space: then it runs once more. */
  private fail(waiting: Waiting<T>, fault: unknown): void {
    const isWorthIt = waiting.how.urgent === true && waiting.again === undefined && isDiskFault(fault)
    // Space given up by one work of a batch serves the whole batch.
    if (isWorthIt && (this.reserved?.giveUp() || this.reserved?.isSpent())) {
      this.queue.push({ ...waiting, again: true })
    } else {
      waiting.reject(fault)
    }
  }

  private async perform(trx: Transaction<T>, waiting: Waiting<T>): Promise<Performed> {
    const running: Running<T> = { trx, how: waiting.how, over: false }
    const { rows } = this.log
    await trx.executeQuery(savepoint)
    try {
      const value = await waiting.context.runInAsyncScope(() =>
        this.current.run(running, () => waiting.work(trx)),
      )
      await trx.executeQuery(release)
      const appended = takeAppended(trx)
      return {
        // A follower must not hear of an event that a power cut may take back.
        firm: waiting.how.firm || appended !== undefined,
        wrote: this.log.rows > rows,
        settle: () => waiting.resolve(value),
        reject: waiting.reject,
        afterCommit: takeAfterCommit(trx),
        appended,
      }
    } catch (error) {
      // On a full disk SQLite rolls back the whole transaction: there is no savepoint to return to.
      await trx.executeQuery(rollback).catch(() => {
        throw error
      })
      await trx.executeQuery(release)
      // Its events and effects went with it.
      takeAppended(trx)
      takeAfterCommit(trx)
      const settle = () => this.fail(waiting, translateFault(error))
      return { firm: false, wrote: false, settle, reject: settle, afterCommit: [], appended: undefined }
    } finally {
      running.over = true
    }
  }
}
