import type { ExitCode } from './context.ts'

/** Where a command leaves its exit code. */
export interface Outcome {
  code: ExitCode
}

export const configFlag = [
  '--config <file>',
  'the configuration file (default: ZAGUAN_CONFIG, then ./config.yaml)',
] as const

/** The lines under the help of a command. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}
