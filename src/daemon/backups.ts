import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { join, resolve } from 'node:path'
import { backupName, listBackups, removeOldBackups, requireOutside } from '../backup/backup-files.ts'
import type { Config } from '../config/schema.ts'
import type { Chore } from './chores.ts'
import type { Alerts } from '../features/insight/alerts.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { oneLine } from '../util/text.ts'

const hourMs = 60 * 60_000
const unitMs = { h: hourMs, d: 24 * hourMs } as const
/** The end of what a failing backup says. */
const maxSaidChars = 4000

/** Holds the dependencies of the scheduled backups. */
export interface BackupsParts {
  config: Pick<Config, 'backup' | 'data' | 'whatsapp'>
  /** The configuration file in use; null: none. */
  configFile: string | null
  clock: Clock
  log: Logger
}

/**
 * Makes backups by the clock, in a process of its own: the event loop does not wait for it, and its memory is given back. A
 * backup that is due runs at once after a start; one that failed is tried again an hour later, and the owner hears of it.
 */
export class Backups {
  private readonly parts: BackupsParts
  private readonly dir: string | null
  private retryAt = -Infinity

  /** @throws SetupError if the folder for backups is in the data folder */
  constructor(parts: BackupsParts) {
    this.parts = parts
    const { backup, data } = parts.config
    this.dir = backup.dir === null ? null : resolve(backup.dir)
    if (this.dir !== null) requireOutside(resolve(data.dir), this.dir)
  }

  /** Returns the age of the newest backup in milliseconds; Infinity if there is none, null if none are to be made. */
  readonly ageMs = (): number | null => {
    if (this.dir === null) return null
    const [newest] = listBackups(this.dir)
    return newest === undefined ? Infinity : this.parts.clock.now().getTime() - newest.at.getTime()
  }

  /** Returns the task that makes a backup when one is due. It alerts the owner if one fails. */
  chore(alerts: Pick<Alerts, 'send'>): Chore {
    const run = (signal: AbortSignal) => this.run(signal, alerts)
    return { name: 'make a backup', everyMs: 60_000, firstMs: 10_000, run }
  }

  private async run(signal: AbortSignal, alerts: Pick<Alerts, 'send'>): Promise<void> {
    const { backup } = this.parts.config
    const age = this.ageMs()
    if (this.dir === null || age === null || performance.now() < this.retryAt) return
    // A clock that was set back must not end the backups.
    if (age >= 0 && age < durationMs(backup.every)) return
    const name = backupName(this.parts.clock.now(), backup.passphraseFile !== null)
    const fault = await this.make(join(this.dir, name), signal)
    if (signal.aborted) return
    if (fault !== null) return this.report(fault, alerts)
    this.parts.log.info({ file: name }, 'backup made')
    await removeOldBackups(this.dir, backup.keep)
  }

  private async report(fault: string, alerts: Pick<Alerts, 'send'>): Promise<void> {
    this.retryAt = performance.now() + hourMs
    this.parts.log.error({ why: fault }, 'the backup failed')
    await alerts.send({
      kind: 'backup_failed',
      accountId: null,
      say: `The backup failed: ${fault} It is tried again in an hour.`,
    })
  }

  /** Runs `zaguan backup`. @returns why it failed; null if it worked */
  private make(file: string, signal: AbortSignal): Promise<string | null> {
    const { config, configFile } = this.parts
    const program = process.argv[1] ?? ''
    const child = spawn(
      process.execPath,
      [
        ...process.execArgv,
        program,
        'backup',
        file,
        '--data',
        resolve(config.data.dir),
        ...(config.whatsapp.network === 'sandbox' ? ['--sandbox'] : []),
        ...(configFile === null ? [] : ['--config', configFile]),
      ],
      { signal, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    yieldTo(child.pid)
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-maxSaidChars)))
    return new Promise((done) => {
      child.on('error', (error) => done(`it could not be started (${error.message}).`))
      child.on('close', (code) =>
        done(code === 0 ? null : oneLine(said, 500) || `it ended with code ${code}.`),
      )
    })
  }
}

/** Messages go first where the processor is short. */
function yieldTo(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It may have ended already, or the system does not allow it.
  }
}

function durationMs(text: string): number {
  return Number.parseInt(text, 10) * unitMs[text.endsWith('d') ? 'd' : 'h']
}
