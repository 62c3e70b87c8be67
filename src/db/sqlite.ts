import { Kysely, SqliteDialect, SqliteQueryCompiler } from 'kysely'
import type { LimitNode } from 'kysely'
import Sqlite from 'better-sqlite3'
import { AppError, SetupError } from '../core/errors.ts'
import { runDirectly } from './direct.ts'
import { fastRows } from './fast-rows.ts'
import type { FastStatement, RowCounter } from './fast-rows.ts'

/** The maximum number of prepared statements per connection; lists of varying length create new ones. */
const preparedLimit = 300

/** Says how to open a SQLite file. */
export interface OpenOptions {
  readonly?: boolean
  /** Milliseconds to wait for another process's lock. */
  busyTimeoutMs?: number
}

/**
 * Opens a SQLite file with the product's settings: WAL, every commit on disk before it counts as done
 * (better-sqlite3's default for WAL would let a power cut undo commits), foreign keys enforced. A {@link WriteAheadLog}
 * takes the flushing over for a file that is written again and again.
 * @throws SetupError for the owner to read if the file cannot be used
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
    // Overwrites deleted content: an erasure must leave nothing in free pages.
    db.pragma('secure_delete = ON')
    db.pragma('journal_size_limit = 33554432')
    return db
  } catch (error) {
    throw new SetupError(setupFault(error, file), { cause: error })
  }
}

/** Marks files without deleted content that was not overwritten: "Zagu". */
const cleanMark = 0x5a616775

/** Rewrites, once, a file of an earlier version that did not overwrite deleted content. */
export function rewriteOnce(db: Sqlite.Database): void {
  if (db.pragma('application_id', { simple: true }) === cleanMark) return
  try {
    db.exec('vacuum')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.pragma(`application_id = ${cleanMark}`)
  } catch (error) {
    // Needs as much free space as the file takes: the next start tries again.
    if (sqliteCode(error) !== 'SQLITE_FULL') throw error
  }
}

/**
 * Returns a typed query builder over an open file. Statements are prepared once; transactions take the write lock
 * when they begin. `written` counts the rows that its statements write.
 */
export function kyselyOver<T>(db: Sqlite.Database, written: RowCounter = { rows: 0 }): Kysely<T> {
  const prepared = new Map<string, FastStatement>()
  const prepare = (text: string): FastStatement => {
    // A deferred transaction that reads before it writes can fail with SQLITE_BUSY in the middle.
    const sql = text === 'begin' ? 'begin immediate' : text
    let statement = prepared.get(sql)
    if (!statement && sql === 'rollback') statement = tolerantRollback(db)
    if (!statement) {
      if (prepared.size >= preparedLimit) prepared.delete(prepared.keys().next().value ?? '')
      statement = fastRows(db.prepare(sql), written)
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

/** Returns a function whose result changes when another connection of any process has committed. */
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
   * Writes a limit as an expression. SQLite inspects the number behind a plain `limit ?` to choose its plan, and so recompiles
   * a prepared statement for every call: for a query of some rows that is most of the time. It does not inspect an expression.
   */
  protected override visitLimit(node: LimitNode): void {
    this.append('limit +')
    this.visitNode(node.limit)
  }
}

/**
 * Ignores a failing rollback: on a full disk SQLite rolls back on its own, and a second rollback's error would hide the one
 * that says why.
 */
function tolerantRollback(db: Sqlite.Database): FastStatement {
  const run = () => {
    if (db.inTransaction) db.exec('rollback')
    return { changes: 0, lastInsertRowid: 0 }
  }
  return { reader: false, run, columnNames: () => [], all: () => [], iterate: () => [][Symbol.iterator]() }
}

/** Returns SQLite's error code, such as `SQLITE_FULL`; undefined for other errors. */
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

/** Returns the error that callers get on a full disk. */
export function diskFull(cause?: unknown): AppError {
  return new AppError('unavailable', 'The disk of the gateway is full.', { cause })
}

/** Tells whether a translated error comes from a full or read-only disk. */
export function isDiskFault(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable' && sqliteCode(error.cause) !== undefined
}

/**
 * Translates errors of full and read-only disks to `unavailable` with a reason for the caller; returns all others
 * unchanged.
 */
export function translateFault(error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === 'SQLITE_FULL') return diskFull(error)
  if (code?.startsWith('SQLITE_READONLY') || code?.startsWith('SQLITE_IOERR')) {
    return new AppError('unavailable', 'The disk of the gateway cannot be written.', { cause: error })
  }
  return error
}
