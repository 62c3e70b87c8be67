import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Notifier } from '../util/notifier.ts'
import { oncePerTick } from '../util/once-per-tick.ts'
import { boundEvents } from './appended-events.ts'
import { GroupCommit } from './group-commit.ts'
import type { ReservedSpace } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migration-list.ts'
import { removeCopies } from './copies.ts'
import { dataVersionOf, kyselyOver, openSqlite, rewriteOnce } from './sqlite.ts'
import { WriteAheadLog } from './write-ahead-log.ts'
import type { Db, Tables, Trx } from './tables.ts'

/**
 * Opens `zaguan.db`: all data but WhatsApp's credentials. Reads have their own connection, so that a list never waits for a
 * batch of writes; writes are committed in groups.
 */
export class Store {
  private readonly reader: Db
  private readonly writer: Kysely<Tables>
  private readonly file: Sqlite.Database
  private readonly log: WriteAheadLog
  private readonly group: GroupCommit<Tables>
  /** Notified when events that were appended to the log are on the disk; who follows the log waits for it. */
  readonly eventsAppended = new Notifier()
  private seen = { others: -1, own: -1, version: 0 }
  /**
   * A number that changes with every write of other processes, such as a command beside the running gateway. Reads
   * the file once per turn of the event loop: writes during a turn count as written after it.
   */
  readonly versionOfOthers: () => number

  /**
   * A number that changes with every write of any process: while it stays, all reads stay valid, except of rows
   * written aside.
   */
  readonly version = (): number => {
    const { seen } = this
    const others = this.versionOfOthers()
    const own = this.group.changes
    if (others !== seen.others || own !== seen.own) this.seen = { others, own, version: seen.version + 1 }
    return this.seen.version
  }

  private constructor(writing: Sqlite.Database, reading: Sqlite.Database, reserved?: ReservedSpace) {
    this.file = writing
    this.log = new WriteAheadLog(writing)
    this.writer = kyselyOver<Tables>(writing, this.log)
    this.reader = kyselyOver<Tables>(reading)
    this.group = new GroupCommit(this.writer, {
      log: this.log,
      ...(reserved ? { reserved } : {}),
      onAppended: () => this.eventsAppended.notify(),
    })
    boundEvents(this.reader, this.group.firstUnflushed)
    this.versionOfOthers = oncePerTick(dataVersionOf(writing))
  }

  /**
   * Opens the database in the data folder, created or migrated as needed. `reserved` is disk space for urgent writes.
   * @throws SetupError
   */
  static async open(dataDir: string, reserved?: ReservedSpace): Promise<Store> {
    const file = join(dataDir, 'zaguan.db')
    const writing = openSqlite(file)
    await migrate(writing, kyselyOver<unknown>(writing), migrations)
    rewriteOnce(writing)
    return new Store(writing, openSqlite(file, { readonly: true }), reserved)
  }

  /**
   * Returns the database for reading: the committed state, and inside a `write` also that write's own changes. A recent commit
   * may not be on the disk yet: before an act that cannot be taken back depends on it, see {@link flushed}.
   */
  get read(): Db {
    return this.group.transaction ?? this.reader
  }

  /** Runs `work` in a transaction that is on disk when the promise resolves; inside another one it joins that. */
  write<R>(work: (trx: Trx) => Promise<R>): Promise<R> {
    return this.group.write(work)
  }

  /**
   * Writes rows that can be rebuilt from others: a power cut may undo it, the end of the process does not. Waits for no flush
   * and costs none.
   */
  writeLazily<R>(work: (trx: Trx) => Promise<R>): Promise<R> {
    return this.group.writeLazily(work)
  }

  /** Writes rows that no cached answer shows: caches stay valid. */
  writeAside<R>(work: (trx: Trx) => Promise<R>): Promise<R> {
    return this.group.writeAside(work)
  }

  /** Writes like `write`, and succeeds on a full disk, too: for revoking rights and switching things off. */
  writeUrgently<R>(work: (trx: Trx) => Promise<R>): Promise<R> {
    return this.group.writeUrgently(work)
  }

  /** Resolves when all that `read` shows now is on the disk, apart from lazy writes. @throws AppError unavailable */
  flushed(): Promise<void> {
    return this.group.flushed()
  }

  /** Removes deleted content from the log and from copies. @returns whether that succeeded */
  async purgeDeleted(): Promise<boolean> {
    removeCopies(this.file.name)
    return this.group.between(() => this.log.empty())
  }

  /** Removes copies from before migrations that are older than `before`. */
  removeCopies(before: Date): void {
    removeCopies(this.file.name, before)
  }

  /** Resolves if the database answers. */
  async ping(): Promise<void> {
    await sql`select 1`.execute(this.reader)
  }

  async close(): Promise<void> {
    await this.group.idle()
    await this.log.close()
    await this.reader.destroy()
    await this.writer.destroy()
  }
}
