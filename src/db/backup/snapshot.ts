import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { SetupError } from '../../core/errors.ts'
import { openSqlite } from '../sqlite.ts'

/** The databases of a data folder, in the order in which a message passes them. */
export const databases = ['sessions.db', 'zaguan.db'] as const

/** Pages of 4 KiB per step of a copy: between two steps the process can be told to stop. */
const pagesPerStep = 256
/** Another commit in between is rare even under load: the two reads begin within microseconds. */
const maxTries = 1000

/**
 * Shows both databases of a data folder as they are at one moment, while a gateway goes on writing: a read transaction is
 * held open on each, and both began without a commit in between. The copy therefore has no message in the journal whose row
 * is missing, nor the other way round. Writers are not held up; only their logs grow until `close`.
 */
export class Snapshot {
  private readonly files: readonly Sqlite.Database[]

  private constructor(files: readonly Sqlite.Database[]) {
    this.files = files
  }

  /** Opens the databases of a data folder. @throws SetupError if one is missing or cannot be read */
  static open(dir: string): Snapshot {
    const paths = databases.map((name) => join(dir, name))
    const missing = paths.find((path) => !existsSync(path))
    if (missing !== undefined) {
      throw new SetupError(`${missing} does not exist. Name the data folder of a gateway with --data.`)
    }
    const opened: Sqlite.Database[] = []
    try {
      for (const path of paths) opened.push(openForCopy(path))
      beginTogether(opened, paths[0] ?? '')
      return new Snapshot(opened)
    } catch (error) {
      for (const db of opened) db.close()
      throw error
    }
  }

  /** Returns the size of both databases in bytes. */
  get bytes(): number {
    return this.files.reduce((sum, db) => sum + numberOf(db, 'page_count') * numberOf(db, 'page_size'), 0)
  }

  /** Writes a copy of each database into a folder. @throws the signal's reason when it aborts */
  async copyTo(dir: string, signal: AbortSignal): Promise<void> {
    for (const [index, db] of this.files.entries()) {
      const copy = join(dir, databases[index] ?? '')
      // A copy under an open read transaction never begins anew, whatever is written meanwhile.
      await db.backup(copy, {
        progress: () => {
          signal.throwIfAborted()
          return pagesPerStep
        },
      })
    }
  }

  close(): void {
    for (const db of this.files) db.close()
  }
}

function openForCopy(path: string): Sqlite.Database {
  const db = openSqlite(path, { readonly: true })
  // Each page is read once: a large cache would only take memory.
  db.pragma('cache_size = -1024')
  return db
}

/** Begins a read of each file, again until nothing was committed to the first one before the last one began. */
function beginTogether(files: readonly Sqlite.Database[], first: string): void {
  const watch = openSqlite(first, { readonly: true })
  try {
    for (let tries = 0; tries < maxTries; tries++) {
      const before = numberOf(watch, 'data_version')
      for (const db of files) {
        db.exec('begin')
        db.prepare('select count(*) from sqlite_master').get()
      }
      if (numberOf(watch, 'data_version') === before) return
      for (const db of files) db.exec('rollback')
    }
    throw new SetupError('The databases are written to without a pause. Try the backup again.')
  } finally {
    watch.close()
  }
}

function numberOf(db: Sqlite.Database, pragma: string): number {
  return Number(db.pragma(pragma, { simple: true }))
}
