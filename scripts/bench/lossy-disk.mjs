// A disk for a program under test: slow where that is wanted, and with a power switch.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './lib.mjs'

const source = new URL('../../test/power-cut/disk.c', import.meta.url).pathname
const databases = ['zaguan.db', 'sessions.db']

/** A disk whose flushes take `flushMs`. Where `cuts` is set it can lose power; `early` writes of a hundred are not lost. */
export function lossyDisk({ flushMs = 0, cuts = false, early = 0 }) {
  const folder = temporaryFolder()
  const library = join(folder, 'disk.so')
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl', '-lpthread'])
  const kept = join(folder, 'kept')
  mkdirSync(kept)
  const counts = join(folder, 'counts')
  const env = {
    LD_PRELOAD: library,
    DISK_FLUSH_MS: String(flushMs),
    DISK_COUNTS: counts,
    ...(cuts ? { DISK_KEPT: kept, DISK_EARLY: String(early) } : {}),
  }
  return {
    env,
    /** Flushes since the program's last start: on the event loop's thread, and of either database on others. */
    flushes() {
      const numbers = new BigUint64Array(new Uint8Array(readFileSync(counts)).buffer)
      const [onLoop, chats, sessions] = [...numbers].map(Number)
      return { onLoop, chats, sessions, all: onLoop + chats + sessions }
    },
    /** Restores each file as of its last flush. The program must have been killed. */
    cut(dataDir) {
      for (const name of databases) {
        rmSync(join(dataDir, `${name}-shm`), { force: true })
        for (const file of [name, `${name}-wal`]) {
          if (existsSync(join(kept, file))) copyFileSync(join(kept, file), join(dataDir, file))
          else rmSync(join(dataDir, file), { force: true })
        }
      }
    },
  }
}
