import { basename } from 'node:path'
import type { Environment } from '../config/env.ts'
import type { Logger } from '../util/logger.ts'

/** Writes to an output stream, and describes it as a terminal. */
export interface Output {
  write(text: string | Uint8Array): unknown
  /** Present if the output can be full. */
  once?(event: 'drain', then: () => void): unknown
  isTTY?: boolean
  rows?: number
  columns?: number
}

/** Holds the parts of the process that a command uses. */
export interface CliContext {
  /** The arguments after `zaguan`. */
  argv: readonly string[]
  env: Environment
  cwd: string
  /** The user's own way to start this program, for lines to copy: `zaguan` or `node /srv/zaguan/dist/program/main.js`. */
  command: string
  stdout: Output
  stderr: Output
  /** Aborted when the program has to end. */
  signal: AbortSignal
  /** Directs unforeseen errors to this log from now on. */
  useLogger(log: Logger): void
  log: () => Logger | undefined
}

/** Creates the context of this process. */
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

/** Returns the command as the user can type it from any folder: scripts/start runs in another folder than theirs. */
function commandName(script: string): string {
  return basename(script) === 'zaguan' ? 'zaguan' : `node ${script}`
}

/** 0: the expected outcome. 1: another outcome. 2: bad usage, or the gateway did not answer. */
export type ExitCode = 0 | 1 | 2
