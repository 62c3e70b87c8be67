import type { Command } from 'commander'
import type { AccountChangeFlags, AccountFlags } from './accounts.ts'
import { examples, gatewayFlags } from './command-parts.ts'
import type { CommandOutcome } from './command-parts.ts'
import type { CliContext } from './context.ts'

/** Adds `zaguan accounts …`. */
export function addAccounts(program: Command, context: CliContext, outcome: CommandOutcome): void {
  const accounts = program
    .command('accounts')
    .description('manage the WhatsApp accounts of a running gateway (exit code 1 refused, 2 no answer)')
  accounts.addHelpText(
    'after',
    examples('zaguan accounts list', 'zaguan accounts change wha_1 --accept-other-number'),
  )
  // Loaded late, like everything that asks the gateway.
  const commands = () => import('./accounts.ts')
  gatewayFlags(accounts.command('list'))
    .description('list the accounts with number and state')
    .addHelpText('after', examples('zaguan accounts list', 'zaguan accounts list --json'))
    .action(async (flags: AccountFlags) => {
      outcome.code = await (await commands()).accountsList(flags, context)
    })
  gatewayFlags(accounts.command('change <account>'))
    .description('rename an account, or let a phone with another number link it')
    .option('--name <name>', 'what it is called')
    .option(
      '--accept-other-number',
      'let the next phone that scans have another number; waiting messages are then cancelled',
    )
    .option('--no-accept-other-number', 'let only the phone with its own number link it')
    .addHelpText(
      'after',
      examples(
        'zaguan accounts change wha_1 --name Shop',
        'zaguan accounts change wha_1 --accept-other-number',
      ),
    )
    .action(async (account: string, flags: AccountChangeFlags) => {
      outcome.code = await (await commands()).accountsChange(account, flags, context)
    })
}
