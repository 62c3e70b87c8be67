import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { backUpToFile, backUpToStream } from '../backup/make-backup.ts'
import type { BackupReport, BackupRequest } from '../backup/make-backup.ts'
import { backupName, requireOutside } from '../backup/backup-files.ts'
import { loadConfig } from '../config/load.ts'
import { SetupError } from '../core/errors.ts'
import { programVersion } from '../util/version.ts'
import type { CliContext, ExitCode } from './context.ts'
import { optionsOf } from './start.ts'
import { print, printJson, writeBytes } from './screen/output.ts'

/** Flags of `backup`. */
export interface BackupFlags {
  config?: string
  data?: string
  sandbox?: boolean
  /** False with `--no-media`. */
  media: boolean
  passphraseFile?: string
  json?: boolean
}

const maxPassphraseBytes = 64 * 1024

/**
 * Writes a backup into a file, or to stdout for `-`. Without a name it goes to `backup.dir`, or the current folder. Exit code 0,
 * or 1 with the reason.
 */
export async function backup(
  target: string | undefined,
  flags: BackupFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { env, cwd, signal, stdout, stderr } = context
  const { config, file: configFile } = loadConfig({
    path: flags.config,
    env,
    cwd,
    options: optionsOf(flags),
  })
  const root = resolve(cwd, config.data.dir)
  const passphraseFile = flags.passphraseFile ?? config.backup.passphraseFile ?? undefined
  const request: BackupRequest = {
    dir: config.whatsapp.network === 'sandbox' ? join(root, 'sandbox') : root,
    files: flags.media && config.backup.media,
    passphrase: passphraseFile === undefined ? null : readPassphrase(resolve(cwd, passphraseFile)),
    configFile,
    version: programVersion(),
    signal,
  }
  if (target === '-') {
    const report = await backUpToStream(request, (piece) => writeBytes(stdout, piece), tmpdir())
    print(stderr, `${summary(report)}\n`)
    return 0
  }
  const name = backupName(new Date(), request.passphrase !== null)
  const path = resolve(cwd, target ?? join(config.backup.dir ?? '.', name))
  requireOutside(root, path)
  const report = await backUpToFile(request, path)
  if (flags.json) printJson(stdout, { file: path, ...report })
  else print(stdout, `${path}\n`)
  if (!flags.json) print(stderr, `${summary(report)}\n`)
  return 0
}

/** Reads a passphrase from a file; editors append a line end. @throws SetupError if it cannot be read */
export function readPassphrase(path: string): string {
  try {
    const bytes = readFileSync(path)
    if (bytes.length > maxPassphraseBytes) throw new Error('it is too large')
    return bytes.toString('utf8').replace(/[\r\n]+$/, '')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SetupError(`The passphrase cannot be read from ${path} (${why}).`, { cause: error })
  }
}

function summary({ manifest, bytes, missing }: BackupReport): string {
  const { counts, includes } = manifest
  const files = includes.files ? `${counts.files} files` : 'without files'
  const lines = [
    `Backed up ${counts.messages} messages of ${counts.chats} chats, ${files}: ${(bytes / 1e6).toFixed(1)} MB.`,
  ]
  if (missing > 0) lines.push(`${missing} files are no longer in the data folder.`)
  if (!includes.key) {
    lines.push(
      'The key of the data folder is not in it: keep a copy of secret.key elsewhere, or give a passphrase.',
    )
  }
  return lines.join('\n')
}
