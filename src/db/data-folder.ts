import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { SetupError } from '../core/errors.ts'

/** The folder in which a restore prepares its result; while it is there the data folder is incomplete. */
export const restoringName = '.restoring'

/**
 * Holds the data folder for one daemon at a time. The operating system releases the lock at any end of the process, so a killed
 * daemon never blocks the next one.
 */
export class DataFolder {
  readonly dir: string
  /** A sentence for the owner if other users could read the folder or a file in it; null otherwise. */
  readonly closed: string | null
  private lock: Sqlite.Database | undefined

  private constructor(dir: string, lock: Sqlite.Database, closed: string | null) {
    this.dir = dir
    this.lock = lock
    this.closed = closed
  }

  /**
   * Creates the folder if missing, locks it, and closes it to the machine's other users.
   * @throws SetupError naming the process that holds it
   */
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
    if (existsSync(join(dir, restoringName))) {
      throw new SetupError(
        `A backup was being restored to ${dir}, and that did not finish. Run the same "zaguan restore" again.`,
      )
    }
    const lock = takeLock(dir)
    return new DataFolder(dir, lock, closeToOthers(dir))
  }

  release(): void {
    this.lock?.close()
    this.lock = undefined
  }
}

const others = 0o077
/** Our own files, with SQLite's files beside each database, and the copies before migrations. */
const ownFiles = /^((zaguan|sessions)\.db.*|daemon\.lock.*|secret\.key|network\.json|spare-room)$/

/** Removes other users' rights to the folder and the databases; reports that, or its failure. */
function closeToOthers(dir: string): string | null {
  const names = readdirSync(dir).filter((name) => ownFiles.test(name))
  const paths = [...(isOurs(dir) ? [dir] : []), ...names.map((name) => join(dir, name))]
  const open = paths.filter((path) => isOpen(path))
  if (open.length === 0) return null
  try {
    for (const path of open) chmodSync(path, statSync(path).mode & ~others & 0o777)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `Other users of this machine can read ${dir}, which links to your WhatsApp, and that could not be changed (${why}).`
  }
  const still = open.some((path) => isOpen(path))
  if (still)
    return `Other users of this machine can read ${dir}, which links to your WhatsApp: this kind of disk has no permissions.`
  return `Other users of this machine could read ${dir}, which links to your WhatsApp. It is closed to them now.`
}

function isOpen(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & others) !== 0
}

/** Tells whether the folder exists for the gateway alone: a home or a shared place stays open. */
function isOurs(dir: string): boolean {
  const { mode, uid } = statSync(dir)
  const isShared = (mode & 0o1000) !== 0 || dir === '/' || dir === homedir()
  return !isShared && (process.getuid === undefined || uid === process.getuid())
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
    // Holds a write lock while the process lives; others can still read which process it is.
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
    const code = error instanceof Sqlite.SqliteError ? error.code : ''
    if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
      throw new SetupError(
        `${file} is damaged. It only says who uses the folder: make sure that no zaguan runs there, delete the file, and start again.`,
        { cause: error },
      )
    }
    if (code === 'SQLITE_FULL') {
      throw new SetupError(`The disk that holds ${dir} is full. Make room and start again.`, { cause: error })
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
