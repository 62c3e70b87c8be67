import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { didYouMean } from '../config/nearest.ts'
import type { CliContext, ExitCode } from './context.ts'
import { reportCrash } from './explain.ts'
import { makeProgram } from './program.ts'
import type { CommandOutcome } from './command-parts.ts'
import { print } from './screen/output.ts'

/** Runs one command line to its end and returns the exit code. Every error becomes one sentence on stderr. */
export async function run(context: CliContext): Promise<ExitCode> {
  const outcome: CommandOutcome = { code: 0 }
  const program = makeProgram(context, outcome)
  if (context.argv.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync(context.argv, { from: 'user' })
    return outcome.code
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, program, context)
    reportCrash(error, context)
    return 1
  }
}

/** Returns 0 for help and version; reports a mistyped command otherwise. */
function endOfParsing(error: CommanderError, program: Command, context: CliContext): ExitCode {
  if (error.exitCode === 0) return 0
  // A missing subcommand has printed the help already.
  if (error.code === 'commander.help') return 2
  print(context.stderr, `${sentence(error, program, context.argv)}\n`)
  return 2
}

function sentence(error: CommanderError, program: Command, argv: readonly string[]): string {
  const path = commandPath(program, argv)
  const command = path.at(-1) ?? program
  const next = command.args[0]
  const full = ['zaguan', ...path.map((command) => command.name())].join(' ')
  const isUnknownCommand =
    error.code === 'commander.unknownCommand' ||
    (error.code === 'commander.excessArguments' && command.commands.length > 0)
  if (isUnknownCommand && next !== undefined) {
    const names = command.commands.map((command) => command.name())
    const guess = didYouMean(next, names) || `; try ${full} --help.`
    return `Unknown command "${full} ${next}"${guess}`
  }
  const [text = '', guess = ''] = error.message.replace(/^error: /, '').split('\n')
  const hint = guess === '' ? `; try ${full} --help.` : `; ${guess.replace(/^\(D(.*)\)$/, 'd$1')}`
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '') + hint
}

/** Returns the commands that the arguments name, outermost first: `sandbox say …` gives both. */
function commandPath(program: Command, argv: readonly string[]): Command[] {
  const path: Command[] = []
  for (const word of argv) {
    const found: Command | undefined = (path.at(-1) ?? program).commands.find(
      (command) => command.name() === word,
    )
    if (!found) break
    path.push(found)
  }
  return path
}
