import { Kysely, SqliteDialect, SqliteQueryCompiler } from 'kysely'
import type { LimitNode } from 'kysely'
import Sqlite from 'better-sqlite3'
import { AppError, SetupError } from '../core/errors.ts'
import { runDirectly } from './direct.ts'
import { fastRows } from './fast-rows.ts'
import type { FastStatement } from './fast-rows.ts'

/** How many different statements one connection keeps prepared; lists of varying length make new ones. */
const preparedLimit = 300

export interface OpenOptions {
  readonly?: boolean
  /** Milliseconds to wait for a lock that another process holds. */
  busyTimeoutMs?: number
}

/**
 * Opens a SQLite file with the product's settings: WAL, every commit on the disk before it counts as done
 * (better-sqlite3's own default for WAL would let a power cut undo commits), foreign keys enforced.
 * @throws SetupError in words for the owner where the file cannot be used
 */
export function openSqlite(file: string, options: OpenOptions = {}): Sqlite.Database {
  try {
    const db = new Sqlite(file, {
      readonly: options.readonly ?? false,
      timeout: options.busyTimeoutMs ?? 5000,
    })
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    // What is deleted is overwritten: an erasure must leave nothing in free pages.
    db.pragma('secure_delete = ON')
    db.pragma('journal_size_limit = 33554432')
    return db
  } catch (error) {
    throw new SetupError(setupFault(error, file), { cause: error })
  }
}

/** Marks files that hold nothing that was deleted before it was overwritten: "Zagu". */
const cleanMark = 0x5a616775

/** Rewrites a file once that an earlier version, which did not overwrite what it deleted, has written to. */
export function rewriteOnce(db: Sqlite.Database): void {
  if (db.pragma('application_id', { simple: true }) === cleanMark) return
  try {
    db.exec('vacuum')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.pragma(`application_id = ${cleanMark}`)
  } catch (error) {
    // It needs as much room again as the file takes: the next start tries it again.
    if (sqliteCode(error) !== 'SQLITE_FULL') throw error
  }
}

/**
 * Moves everything out of the write-ahead log and empties that, so that nothing of former contents is left in it.
 * @returns false where another connection is reading just now
 */
export function emptyLog(db: Sqlite.Database): boolean {
  const waitMs = Number(db.pragma('busy_timeout', { simple: true }))
  // Nobody is to stand still for it.
  db.pragma('busy_timeout = 0')
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    return result?.busy === 0
  } finally {
    db.pragma(`busy_timeout = ${waitMs}`)
  }
}

/** A typed query builder over an open file. Statements are prepared once; transactions take the write lock at their begin. */
export function kyselyOver<T>(db: Sqlite.Database): Kysely<T> {
  const prepared = new Map<string, FastStatement>()
  const prepare = (text: string): FastStatement => {
    // A deferred transaction that reads before it writes can fail with SQLITE_BUSY in the middle.
    const sql = text === 'begin' ? 'begin immediate' : text
    let statement = prepared.get(sql)
    if (!statement && sql === 'rollback') statement = tolerantRollback(db)
    if (!statement) {
      if (prepared.size >= preparedLimit) prepared.delete(prepared.keys().next().value ?? '')
      statement = fastRows(db.prepare(sql))
    }
    prepared.set(sql, statement)
    return statement
  }
  const kysely = new Kysely<T>({
    dialect: new Dialect({ database: { close: () => db.close(), prepare } }),
  })
  runDirectly(kysely, prepare)
  return kysely
}

/** Tells whether other connections, of whatever process, have committed something: then it gives another number. */
export function dataVersionOf(db: Sqlite.Database): () => number {
  const statement = db.prepare('pragma data_version').pluck()
  return () => statement.get() as number
}

class Dialect extends SqliteDialect {
  override createQueryCompiler(): SqliteQueryCompiler {
    return new QueryCompiler()
  }
}

class QueryCompiler extends SqliteQueryCompiler {
  /**
   * SQLite looks at the number behind a plain `limit ?` to choose its way, and therefore compiles a prepared statement anew for
   * every call: of a query for some rows that is most of the time. It does not look at an expression.
   */
  protected override visitLimit(node: LimitNode): void {
    this.append('limit +')
    this.visitNode(node.limit)
  }
}

/**
 * A full disk makes SQLite roll back by itself; doing it again would be an error of its own, and hide the one that tells why.
 */
function tolerantRollback(db: Sqlite.Database): FastStatement {
  const run = () => {
    if (db.inTransaction) db.exec('rollback')
    return { changes: 0, lastInsertRowid: 0 }
  }
  return { reader: false, run, columnNames: () => [], all: () => [], iterate: () => [][Symbol.iterator]() }
}

/** SQLite's code of an error, such as `SQLITE_FULL`; undefined for every other error. */
function sqliteCode(error: unknown): string | undefined {
  return error instanceof Sqlite.SqliteError ? error.code : undefined
}

function setupFault(error: unknown, file: string): string {
  const code = sqliteCode(error) ?? ''
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return `${file} is not a readable database. Put back a backup, or move the file away to start empty.`
  }
  if (code === 'SQLITE_FULL') return `The disk that holds ${file} is full. Make room and start again.`
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return `${file} cannot be written. Check that the data folder exists and belongs to the user who runs zaguan.`
  }
  if (code.startsWith('SQLITE_BUSY')) return `${file} is locked by another program.`
  return `${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`
}

/** What callers are told of a full disk. */
export function diskFull(cause?: unknown): AppError {
  return new AppError('unavailable', 'The disk of the gateway is full.', { cause })
}

/** Whether an error that was translated came of a disk that is full or cannot be written. */
export function isDiskFault(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable' && sqliteCode(error.cause) !== undefined
}

/** Full and read-only disks become `unavailable` with a reason for the caller; everything else is thrown on as it is. */
export function translateFault(error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === 'SQLITE_FULL') return diskFull(error)
  if (code?.startsWith('SQLITE_READONLY') || code?.startsWith('SQLITE_IOERR')) {
    return new AppError('unavailable', 'The disk of the gateway cannot be written.', { cause: error })
  }
  return error
}
