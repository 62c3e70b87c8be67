import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import { diskWorker } from './disk-worker.ts'
import type { LogTask } from './disk-worker.ts'

/** Rows written before the log is copied into the database: some 4000 pages of 4 KiB. */
const copyAfterRows = 2000

/**
 * Flushes the write-ahead log of a database that this process writes. SQLite's own flushes block: with `synchronous = full` every
 * commit holds up the event loop for as long as the disk takes, 20 ms on an SD card. Here SQLite commits without a flush
 * (`normal`), and {@link flush} puts any number of commits on the disk, from another thread. No commit may be reported
 * before that: {@link GroupCommit} sees to it.
 *
 * What a crash leaves:
 * - SIGKILL: everything that was committed, flushed or not, since the kernel has it. The next start flushes before it reads.
 * - A power cut: everything up to the last flush, perhaps some commits after it, in their order. Each frame of the log has a
 *   checksum that includes all frames before it, so SQLite ends at the first incomplete one. Lost commits were never
 *   reported: by no receipt, no answer, no webhook.
 * - A power cut during a checkpoint: the log was flushed before the database was touched, and is used again only when the
 *   database was flushed. SQLite does so in `normal`; in `off` it would not.
 * - A power cut after the log was begun anew: its head was flushed before any of its frames. An old head with a new frame
 *   behind would make old frames valid again.
 *
 * The flush goes through a descriptor of its own, which is enough on Linux, macOS (where libuv asks for F_FULLFSYNC) and
 * Windows: it is the file that is flushed. Closing it releases no lock, since SQLite locks the database and its `-shm`, never
 * the log. The file stays the same one while a connection is open.
 */
export class WriteAheadLog {
  /** Rows written through the connection, counted by the code that runs its statements. */
  rows = 0
  private readonly file: string
  private readonly db: Sqlite.Database
  private readonly descriptor: number
  private isClosed = false
  private copiedAt = 0
  private isShared = false

  /** Takes over the flushing of an open database, and flushes the writes that a killed process has left. */
  constructor(db: Sqlite.Database) {
    this.db = db
    this.file = db.name
    // Windows flushes only files opened for writing.
    this.descriptor = openSync(`${this.file}-wal`, 'r+')
    fdatasyncSync(this.descriptor)
    db.pragma('synchronous = normal')
    db.pragma('wal_autocheckpoint = 0')
  }

  /** Tells whether enough was written since the last checkpoint that the next is due. */
  get isLong(): boolean {
    return this.rows - this.copiedAt >= copyAfterRows
  }

  /**
   * Puts everything that was committed before the call on the disk.
   * @throws if the disk refuses: committed data may be lost then, and a second flush would not say so
   */
  flush(): Promise<void> {
    return diskWorker.flush(this.descriptor)
  }

  /** Copies the log into the database while others read and write: most of a checkpoint's work. */
  async copy(): Promise<void> {
    this.copiedAt = this.rows
    await this.perform('copy')
  }

  /** Copies the rest and begins the log anew. Nothing may be written meanwhile. */
  async restart(): Promise<void> {
    await this.perform('restart')
  }

  /**
   * Moves everything out of the log and cuts it, so that no former content is left in it. Nothing may be written meanwhile.
   * @returns false if another connection is reading
   */
  empty(): Promise<boolean> {
    return this.perform('empty')
  }

  /** Ends the use of the log, before its connection is closed: the last one to close copies it and deletes the file. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    if (this.isShared) await diskWorker.run({ kind: 'close', file: this.file }).catch(() => false)
    closeSync(this.descriptor)
  }

  private async perform(kind: LogTask): Promise<boolean> {
    this.isShared = true
    try {
      return await diskWorker.run({ kind, file: this.file })
    } catch {
      // Without the thread, or on a full disk: rather on the event loop than with a log that only grows.
      const [result] = this.db.pragma('wal_checkpoint(passive)') as { busy: number }[]
      return kind !== 'empty' && result?.busy === 0
    }
  }
}
