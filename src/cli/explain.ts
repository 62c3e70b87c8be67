import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SetupError } from '../core/errors.ts'
import { maskDigits, serializeError } from '../util/logger.ts'
import type { Logger } from '../util/logger.ts'
import type { Output } from './context.ts'
import { print } from './screen/output.ts'

const diskFull = 'The disk of the data folder is full. Free some space and start again; no data is damaged.'
const tooManyFiles =
  'Too many files are open. Raise the limit (ulimit -n 1024, or LimitNOFILE= of the systemd unit) and start again.'
const readOnly = 'The disk of the data folder cannot be written to. Check its mount options and its health.'

/** System faults that can come from anywhere: a migration, the copy before it, a file. */
const systemFaults: ReadonlyMap<string, string> = new Map([
  ['SQLITE_FULL', diskFull],
  ['ENOSPC', diskFull],
  ['EDQUOT', diskFull],
  ['EMFILE', tooManyFiles],
  ['ENFILE', tooManyFiles],
  ['EROFS', readOnly],
  ['SQLITE_READONLY', readOnly],
  ['SQLITE_IOERR_WRITE', readOnly],
])

/** Suggests in one sentence what to do about a known error; undefined for all others. */
export function explain(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof SetupError) return one.message
    const known = 'code' in one ? systemFaults.get(String(one.code)) : undefined
    if (known !== undefined) return known
    if (isMissingDriver(one)) {
      return (
        `The database driver better-sqlite3 is not built for Node ${process.version}: ` +
        'run "npm rebuild better-sqlite3" in the folder of Zaguán.'
      )
    }
  }
  return undefined
}

function isMissingDriver(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined
  const isLoading =
    code === 'ERR_DLOPEN_FAILED' ||
    code === 'MODULE_NOT_FOUND' ||
    code === 'ERR_MODULE_NOT_FOUND' ||
    error.message.startsWith('Could not locate the bindings file')
  return isLoading && /better[-_]sqlite3/.test(`${error.message} ${error.stack ?? ''}`)
}

/** Says where to report the end of the program. */
export interface CrashSite {
  stderr: Output
  /** Returns the log, once there is one. */
  log: () => Logger | undefined
}

/** Reports in one sentence an error that ends the program; logs an unforeseen error in full. */
export function reportCrash(error: unknown, { stderr, log }: CrashSite): void {
  print(stderr, `${explain(error) ?? unforeseen(error, log())}\n`)
}

function unforeseen(error: unknown, log: Logger | undefined): string {
  const text = error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error)
  log?.fatal({ err: error }, 'unforeseen error')
  const where = log?.isLevelEnabled('fatal') ? 'in the log' : `in ${writeDetails(error)}`
  return `An unexpected error occurred (${maskDigits(text)}); the details are ${where}.`
}

/** Writes the details to a new file that only this user can read. @returns the path */
function writeDetails(error: unknown): string {
  const path = join(tmpdir(), `zaguan-error-${process.pid}-${Date.now()}.json`)
  const details = { at: new Date().toISOString(), node: process.version, error: serializeError(error) }
  writeFileSync(path, `${JSON.stringify(details, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  return path
}
