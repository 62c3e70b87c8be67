import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { SetupError } from '../domain/errors.ts'

/**
 * The data folder, held by one daemon at a time. The hold is a lock that the operating system takes back when the process
 * ends, however it ends, so a killed daemon never stands in the way of the next one.
 */
export class DataFolder {
  readonly dir: string
  private lock: Sqlite.Database | undefined

  private constructor(dir: string, lock: Sqlite.Database) {
    this.dir = dir
    this.lock = lock
  }

  /** Makes the folder where it is missing and takes hold of it. @throws SetupError naming the process that holds it */
  static claim(dir: string): DataFolder {
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      accessSync(dir, constants.R_OK | constants.W_OK)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new SetupError(
        `The data folder ${dir} cannot be used (${why}). Set data.dir to a folder that can be written.`,
        {
          cause: error,
        },
      )
    }
    return new DataFolder(dir, takeLock(dir))
  }

  release(): void {
    this.lock?.close()
    this.lock = undefined
  }
}

function takeLock(dir: string): Sqlite.Database {
  const file = join(dir, 'daemon.lock')
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(file, { timeout: 0 })
    db.exec(
      'create table if not exists holder (id integer primary key, pid integer not null, since text not null)',
    )
    const since = new Date().toISOString()
    db.prepare('insert or replace into holder (id, pid, since) values (1, ?, ?)').run(process.pid, since)
    // Keeps a write lock for as long as the process lives; others can still read who it is.
    db.exec('begin immediate')
    return db
  } catch (error) {
    const holder = readHolder(file)
    db?.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new SetupError(
        `Another zaguan already uses ${dir}${holder}. Stop it first, or give this one another data.dir.`,
      )
    }
    const why = error instanceof Error ? error.message : String(error)
    throw new SetupError(
      `The data folder ${dir} cannot be written (${why}). Check its owner and the free disk space.`,
      {
        cause: error,
      },
    )
  }
}

function readHolder(file: string): string {
  try {
    const db = new Sqlite(file, { readonly: true, timeout: 1000 })
    try {
      const row = db.prepare('select pid, since from holder').get() as
        { pid: number; since: string } | undefined
      return row ? ` (process ${row.pid}, since ${row.since})` : ''
    } finally {
      db.close()
    }
  } catch {
    return ''
  }
}
