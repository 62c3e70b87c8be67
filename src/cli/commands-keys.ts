import type { Command } from 'commander'
import { configFlag, examples } from './command-parts.ts'
import type { CommandOutcome } from './command-parts.ts'
import type { CliContext } from './context.ts'
import type { ChangeFlags, CreateFlags, KeyFlags } from './keys.ts'

const nameFlag = ['--name <name>', 'what the key is for'] as const
const scopesFlag = ['--scopes <scopes>', 'scopes separated by commas; full means all but admin'] as const

/** Adds `zaguan keys …`. */
export function addKeys(program: Command, context: CliContext, outcome: CommandOutcome): void {
  const keys = program.command('keys').description('manage API keys; works while the gateway runs')
  keys.addHelpText('after', examples('zaguan keys create --name CRM --scopes full', 'zaguan keys list'))
  // Loaded late, like everything that opens the database.
  const commands = () => import('./keys.ts')
  withLimits(withFolder(keys.command('create')))
    .description('make a key and print it, this once')
    .requiredOption(...nameFlag)
    .requiredOption(...scopesFlag)
    .option('--account <account>', 'the account it may use, such as wha_1 (default: all)')
    .option('--test', 'make a test key: it uses a test account and sends nothing to WhatsApp')
    .addHelpText(
      'after',
      examples(
        'zaguan keys create --name CRM --scopes read:conversations,write:messages --account wha_1',
        'zaguan keys create --name trial --scopes full --test',
      ),
    )
    .action(async (flags: CreateFlags) => {
      outcome.code = await (await commands()).keysCreate(flags, context)
    })
  withFolder(keys.command('list'))
    .description('list the keys without their secrets')
    .addHelpText('after', examples('zaguan keys list --json'))
    .action(async (flags: KeyFlags) => {
      outcome.code = await (await commands()).keysList(flags, context)
    })
  withLimits(withFolder(keys.command('change <id>')))
    .description('change a key from its next request on; options left out stay as they are')
    .option(...nameFlag)
    .option(...scopesFlag)
    .addHelpText(
      'after',
      examples('zaguan keys change 3 --scopes full --per-minute 120', 'zaguan keys change 3 --expires never'),
    )
    .action(async (id: string, flags: ChangeFlags) => {
      outcome.code = await (await commands()).keysChange(id, flags, context)
    })
  withFolder(keys.command('revoke <id>'))
    .description('make a key useless')
    .addHelpText('after', examples('zaguan keys revoke 3'))
    .action(async (id: string, flags: KeyFlags) => {
      outcome.code = await (await commands()).keysRevoke(id, flags, context)
    })
}

function withFolder(command: Command): Command {
  return command
    .option(...configFlag)
    .option('--data <folder>', 'the folder of the databases (data.dir)')
    .option('--sandbox', 'use the keys of the built-in sandbox')
    .option('--json', 'print JSON')
}

function withLimits(command: Command): Command {
  return command
    .option('--plan <plan>', 'set the limits of free, starter, growth, pro, business or enterprise')
    .option('--per-minute <number>', 'requests per minute, or none')
    .option('--per-day <number>', 'requests per UTC day, or none')
    .option('--expires <time>', 'when it expires, such as 2027-01-31, or never')
}
