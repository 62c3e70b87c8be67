import type { CliContext } from '../../src/cli/context.ts'
import { run } from '../../src/cli/run.ts'

export type Env = CliContext['env']

/** Runs one command line in this process, and returns what came of it. */
export async function runCli(argv: string[], { cwd, env = {} }: { cwd: string; env?: Env }) {
  let stdout = ''
  let stderr = ''
  const code = await run({
    argv,
    env,
    cwd,
    command: 'zaguan',
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal: new AbortController().signal,
    useLogger: () => undefined,
    log: () => undefined,
  })
  return { code, stdout, stderr }
}
