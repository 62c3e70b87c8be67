import type { Command } from 'commander'
import type { ExitCode } from './context.ts'

/** Receives a command's exit code. */
export interface CommandOutcome {
  code: ExitCode
}

export const configFlag = [
  '--config <file>',
  'the configuration file (default: ZAGUAN_CONFIG, then ./config.yaml)',
] as const

/** Formats example lines for the help of a command. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}

/** Adds the flags that say how to reach the gateway and how to print its answer. */
export function gatewayFlags(command: Command): Command {
  return command
    .option('--url <url>', 'its address (default: host and port of the configuration)')
    .option(
      '--key <key>',
      'an API key; ZAGUAN_KEY keeps it out of the process list. On this machine, reading needs none',
    )
    .option('--key-file <file>', 'a file with an API key (default: ZAGUAN_KEY_FILE)')
    .option(...configFlag)
    .option('--data <folder>', 'the data folder of the gateway (data.dir)')
    .option('--sandbox', 'use the gateway that was started with --sandbox')
    .option('--port <number>', 'the port of the gateway (server.port)')
    .option('--json', 'print the answer as JSON')
}
