import { fdatasync } from 'node:fs'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import type Sqlite from 'better-sqlite3'

/** Describes a task of the thread: flushes a file, or moves a database's write-ahead log (see {@link LogTask}). */
type Task = { kind: 'flush'; descriptor: number } | { kind: LogTask | 'close'; file: string }

/**
 * Names a task on a log: `copy` puts its content into the database, beside reads and writes. `restart` and `empty` must have it
 * alone among writers: `restart` lets the next write begin at its start, `empty` also cuts the file.
 */
export type LogTask = 'copy' | 'restart' | 'empty'

type Order = Task & { id: number }
type ThreadAnswer = { id: number; isDone: boolean } | { id: number; fault: string }

interface Pending {
  resolve: (isDone: boolean) => void
  reject: (error: Error) => void
}

/** Reports that the thread ended before it answered. */
class ThreadLost extends Error {}

const flushInPool = promisify(fdatasync)

/**
 * Runs a thread that waits for the disk in place of the event loop. One for the whole process, because each has a heap of its
 * own (9 MiB). Not the pool of libuv: four long tasks there, such as previews or look-ups of names, held a flush up for 150 ms
 * where it took half a millisecond.
 */
class DiskWorker {
  private worker: Worker | undefined
  private isReady = false
  private nextId = 0
  private readonly pending = new Map<number, Pending>()
  private flushes = 0

  /** Tells whether no flush is under way. */
  get isFlushed(): boolean {
    return this.flushes === 0
  }

  /**
   * Flushes the writes to an open file to the disk: in the thread, or in the pool of libuv while the thread starts or is busy.
   * @throws if the disk refuses
   */
  async flush(descriptor: number): Promise<void> {
    this.start()
    this.flushes++
    try {
      if (this.isReady && this.pending.size === 0) await this.run({ kind: 'flush', descriptor })
      else await flushInPool(descriptor)
    } catch (error) {
      if (!(error instanceof ThreadLost)) throw error
      await flushInPool(descriptor)
    } finally {
      this.flushes--
    }
  }

  /** Starts the thread if it does not run. It does not keep the process alive. */
  private start(): void {
    if (this.worker) return
    const worker = new Worker(`(${serve.toString()})(require)`, {
      eval: true,
      workerData: createRequire(import.meta.url).resolve('better-sqlite3'),
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1 },
    })
    worker.unref()
    worker.on('online', () => (this.isReady = true))
    worker.on('message', (answer: ThreadAnswer) => this.settle(answer))
    worker.on('error', (error) => this.lost(worker, new ThreadLost(error.message, { cause: error })))
    worker.on('exit', () => this.lost(worker, new ThreadLost('the thread of the disk has ended')))
    this.worker = worker
  }

  /** Runs a task after those before it. @returns false if another connection stands in its way */
  run(task: Task): Promise<boolean> {
    this.start()
    return new Promise((resolve, reject) => {
      const id = this.nextId++
      this.pending.set(id, { resolve, reject })
      // The process must not end before it answers.
      this.worker?.ref()
      this.worker?.postMessage({ ...task, id } satisfies Order)
    })
  }

  private settle(answer: ThreadAnswer): void {
    const pending = this.pending.get(answer.id)
    this.pending.delete(answer.id)
    if (this.pending.size === 0) this.worker?.unref()
    if ('fault' in answer) pending?.reject(new Error(answer.fault))
    else pending?.resolve(answer.isDone)
  }

  private lost(worker: Worker, error: Error): void {
    if (this.worker !== worker) return
    this.worker = undefined
    this.isReady = false
    for (const { reject } of this.pending.values()) reject(error)
    this.pending.clear()
  }
}

/** The thread of this process. */
export const diskWorker = new DiskWorker()

/**
 * Runs in the thread. Handed over as text so that it runs from sources, modules and bundle alike: it may use nothing from
 * outside of the function.
 */
function serve(load: NodeJS.Require): void {
  const { fdatasyncSync } = load('node:fs') as typeof import('node:fs')
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const connections = new Map<string, Sqlite.Database>()

  const connectionTo = (file: string): Sqlite.Database => {
    const known = connections.get(file)
    if (known) return known
    const Driver = load(workerData as string) as typeof Sqlite
    const db = new Driver(file, { fileMustExist: true, timeout: 250 })
    connections.set(file, db)
    // Checkpoints flush the log before, and the database after it is written; and so is the head of a log begun anew.
    db.pragma('synchronous = normal')
    db.pragma('wal_autocheckpoint = 0')
    db.pragma('journal_size_limit = 33554432')
    return db
  }

  const checkpoint = (db: Sqlite.Database, mode: string): boolean => {
    const [result] = db.pragma(`wal_checkpoint(${mode})`) as { busy: number }[]
    return result?.busy === 0
  }

  // Writes a value that it has already. The first write after a restart writes the log's head and flushes it, which must not
  // happen on the event loop.
  const writeHead = (db: Sqlite.Database): void => {
    db.pragma(`user_version = ${Number(db.pragma('user_version', { simple: true }))}`)
  }

  const perform = (task: Task): boolean => {
    if (task.kind === 'flush') {
      fdatasyncSync(task.descriptor)
      return true
    }
    if (task.kind === 'close') {
      connections.get(task.file)?.close()
      return connections.delete(task.file)
    }
    const db = connectionTo(task.file)
    if (task.kind === 'copy') return checkpoint(db, 'passive')
    const isDone = checkpoint(db, task.kind === 'empty' ? 'truncate' : 'restart')
    if (isDone) writeHead(db)
    return isDone
  }

  parentPort?.on('message', (order: Task & { id: number }) => {
    try {
      parentPort.postMessage({ id: order.id, isDone: perform(order) }, [])
    } catch (error) {
      parentPort.postMessage({ id: order.id, fault: String(error) }, [])
    }
  })
}
