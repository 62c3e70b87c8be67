import { basename } from 'node:path'
import type { Environment } from '../config/env.ts'
import type { Logger } from '../util/logger.ts'

/** A stream to write to, and what is known of its reader. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean
  rows?: number
  columns?: number
}

/** What a command gets from the process that it runs in. */
export interface CliContext {
  /** The words after `zaguan`. */
  argv: readonly string[]
  env: Environment
  cwd: string
  /** How the person started this program, for lines to copy: `zaguan` or `node /srv/zaguan/dist/program/main.js`. */
  command: string
  stdout: Output
  stderr: Output
  /** Aborted when the program has to end. */
  signal: AbortSignal
  /** From here on, unforeseen errors go to this log. */
  useLogger(log: Logger): void
  log: () => Logger | undefined
}

/** The context of this very process. */
export function processContext(signal: AbortSignal): CliContext {
  const { argv, env, stdout, stderr } = process
  let current: Logger | undefined
  return {
    argv: argv.slice(2),
    env,
    cwd: process.cwd(),
    command: commandName(argv[1] ?? 'zaguan'),
    stdout,
    stderr,
    signal,
    useLogger: (log) => {
      current = log
    },
    log: () => current,
  }
}

/** As the person can type it again wherever they stand: scripts/start runs in another folder than theirs. */
function commandName(script: string): string {
  return basename(script) === 'zaguan' ? 'zaguan' : `node ${script}`
}

/** 0: as wished. 1: not as wished. 2: the command makes no sense, or nobody could be asked. */
export type ExitCode = 0 | 1 | 2
