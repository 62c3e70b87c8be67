import { Command } from 'commander'
import type { AlertsFlags } from './alerts.ts'
import { configFlag, examples, gatewayFlags } from './command-parts.ts'
import type { CommandOutcome } from './command-parts.ts'
import { addAccounts } from './commands-accounts.ts'
import { addBackup } from './commands-backup.ts'
import { addKeys } from './commands-keys.ts'
import { addTemplates } from './commands-templates.ts'
import { configCheck } from './config-check.ts'
import type { CliContext } from './context.ts'
import { sayings } from './sandbox/sandbox-kinds.ts'
import { sandboxAddPerson, sandboxInbox, sandboxSay } from './sandbox/sandbox-people.ts'
import type { InboxFlags, PersonFlags, SayFlags } from './sandbox/sandbox-people.ts'
import { outbox } from './outbox.ts'
import type { OutboxFlags } from './outbox.ts'
import { runSandbox } from './sandbox/sandbox.ts'
import type { SandboxFlags } from './sandbox/sandbox.ts'
import { start } from './start.ts'
import type { RunFlags, StartFlags } from './start.ts'
import { status } from './status.ts'
import type { StatusFlags } from './status.ts'
import { programVersion } from '../util/version.ts'
import { print } from './screen/output.ts'

const controlFlag = [
  '--control <url>',
  'the control address of the sandbox (default: that of the running gateway)',
] as const

/** Declares all commands and their help. Parsing throws commander's errors; nothing here ends the process. */
export function makeProgram(context: CliContext, outcome: CommandOutcome): Command {
  const program = new Command('zaguan')
    .description('A self-hosted WhatsApp gateway: nothing received is lost, nothing is sent twice.')
    .version(programVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(context.stdout, text),
      writeErr: (text) => print(context.stderr, text),
      // `run` prints faults in our own words.
      outputError: () => undefined,
    })
  program.addHelpText(
    'after',
    examples(
      'zaguan start',
      'zaguan start --sandbox',
      'zaguan status',
      'zaguan config check',
      'zaguan start --help',
    ),
  )
  addStart(program, context, outcome)
  addSandbox(program, context, outcome)
  addStatus(program, context, outcome)
  addOutbox(program, context, outcome)
  addConfig(program, context, outcome)
  addAlerts(program, context, outcome)
  addKeys(program, context, outcome)
  addAccounts(program, context, outcome)
  addTemplates(program, context, outcome)
  addBackup(program, context, outcome)
  addOpenApi(program, context)
  return program
}

function addStart(program: Command, context: CliContext, outcome: CommandOutcome): void {
  program
    .command('start')
    .description('run the gateway until it is stopped')
    .option(...configFlag)
    .option('--sandbox', 'use the built-in sandbox in place of WhatsApp: no phone is needed')
    .option('--port <number>', 'the port to listen on (server.port)')
    .option('--data <folder>', 'the folder of the databases (data.dir)')
    .option('--pair <number>', 'link the phone with this number by a pairing code')
    .addHelpText(
      'after',
      examples(
        'zaguan start',
        'zaguan start --sandbox --data ./try-out',
        'zaguan start --config /etc/zaguan.yaml',
        'zaguan start --pair 5491138620812',
      ),
    )
    .action(async (flags: RunFlags) => {
      outcome.code = await start(flags, context)
    })
}

function addSandbox(program: Command, context: CliContext, outcome: CommandOutcome): void {
  const sandbox = program
    .command('sandbox')
    .description('run the sandbox network alone, or act as a customer on a running one')
    .option('--port <number>', 'the port of the network; 0 takes any free one', '0')
    .option('--state-file <file>', 'the file that keeps the network’s state across restarts')
    .addHelpText(
      'after',
      examples(
        'zaguan sandbox --port 3100',
        'zaguan sandbox say 5491155550001 "Hello"',
        'zaguan sandbox inbox 5491155550001',
      ) +
        'To act as a customer you need the whole control address with its token, which is new at every start unless\n' +
        'ZAGUAN_SANDBOX_TOKEN sets it.\n',
    )
    .action(async (flags: SandboxFlags) => {
      outcome.code = await runSandbox(flags, context)
    })
  addSay(sandbox, context, outcome)
  addPeople(sandbox, context, outcome)
  sandbox
    .command('inbox <customer>')
    .description('print what a customer received')
    .option(...controlFlag)
    .option(...configFlag)
    .option('--data <folder>', 'the data folder of the running gateway')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('zaguan sandbox inbox 5491155550001'))
    .action(async (customer: string, flags: InboxFlags) => {
      outcome.code = await sandboxInbox(customer, flags, context)
    })
}

function addPeople(sandbox: Command, context: CliContext, outcome: CommandOutcome): void {
  sandbox
    .command('people')
    .description('choose who is on WhatsApp: every number, unless marked as absent')
    .command('add <customer>')
    .description('give a customer a name, or mark a number as absent')
    .option('--name <name>', 'the name of the customer')
    .option('--absent', 'take the number off WhatsApp until it writes or is added again')
    .option(...controlFlag)
    .option(...configFlag)
    .option('--data <folder>', 'the data folder of the running gateway')
    .addHelpText(
      'after',
      examples(
        'zaguan sandbox people add 5491155550001 --name Ana',
        'zaguan sandbox people add 5491155550009 --absent',
      ),
    )
    .action(async (customer: string, flags: PersonFlags) => {
      outcome.code = await sandboxAddPerson(customer, flags, context)
    })
}

function addSay(sandbox: Command, context: CliContext, outcome: CommandOutcome): void {
  sandbox
    .command('say <customer> [text]')
    .description('write to the linked account as a customer: text or any other kind')
    .option('--kind <kind>', `one of ${Object.keys(sayings).join(', ')}`, 'text')
    .option('--file <file>', 'the file of an image, video …; for raw, a protocol message as JSON')
    .option('--caption <words>', 'its caption, in place of the text')
    .option('--name <name>', 'the name of a location, contact or document')
    .option('--at <latitude,longitude>', 'the coordinates of a location')
    .option('--address <address>', 'of a location')
    .option('--phone <number...>', 'of a contact')
    .option('--option <words...>', 'the options of a poll, or those voted for')
    .option('--message <id>', 'the message to react to, quote, edit … (default: the last one received)')
    .option('--guests <number>', 'how many guests come along, for answer')
    .option('--own', 'react to a message of the customer')
    .option('--seconds <number>', 'when messages disappear, for timer; 0: never')
    .option(...controlFlag)
    .option(...configFlag)
    .option('--data <folder>', 'the data folder of the running gateway')
    .option('--account <number>', 'the account to write to, if several are linked')
    .addHelpText(
      'after',
      examples(
        'zaguan sandbox say 5491155550001 "When do you open?"',
        'zaguan sandbox say 5491155550001 --kind image --file cake.jpg --caption "This one"',
        'zaguan sandbox say 5491155550001 --kind location --at -34.6,-58.4 --name Obelisco',
        'zaguan sandbox say 5491155550001 --kind contact --name Ana --phone 5491155550002',
        'zaguan sandbox say 5491155550001 "When?" --kind poll --option Monday Tuesday',
        'zaguan sandbox say 5491155550001 going --kind answer --guests 2',
        'zaguan sandbox say 5491155550001 👍 --kind reaction',
      ),
    )
    .action(async (customer: string, text: string | undefined, flags: SayFlags) => {
      outcome.code = await sandboxSay({ customer, text }, flags, context)
    })
}

function addStatus(program: Command, context: CliContext, outcome: CommandOutcome): void {
  gatewayFlags(program.command('status'))
    .description(
      'show the state of the running gateway (exit code 0 connected, 1 not connected, 2 no answer)',
    )
    .addHelpText(
      'after',
      examples('zaguan status', 'zaguan status --url https://whatsapp.example.com --json'),
    )
    .action(async (flags: StatusFlags) => {
      outcome.code = await status(flags, context)
    })
}

function addOutbox(program: Command, context: CliContext, outcome: CommandOutcome): void {
  gatewayFlags(program.command('outbox'))
    .description('show the messages that wait to be sent, and why (exit code 0 none, 1 some, 2 no answer)')
    .addHelpText('after', examples('zaguan outbox', 'zaguan outbox --json'))
    .action(async (flags: OutboxFlags) => {
      outcome.code = await outbox(flags, context)
    })
}

function addConfig(program: Command, context: CliContext, outcome: CommandOutcome): void {
  const config = program.command('config').description('check the configuration')
  config.addHelpText('after', examples('zaguan config check'))
  config
    .command('check')
    .description('print every setting with its value and source, or all errors (exit code 1)')
    .option(...configFlag)
    .addHelpText('after', examples('zaguan config check', 'zaguan config check --config ./new.yaml'))
    .action((flags: StartFlags) => {
      outcome.code = configCheck(flags, context)
    })
}

function addAlerts(program: Command, context: CliContext, outcome: CommandOutcome): void {
  const alerts = program.command('alerts').description('test the alerts to the owner')
  alerts.addHelpText('after', examples('zaguan alerts test'))
  alerts
    .command('test')
    .description('send a test alert by alerts.url and alerts.command, and print the outcome')
    .option(...configFlag)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('zaguan alerts test', 'zaguan alerts test --config /etc/zaguan.yaml'))
    .action(async (flags: AlertsFlags) => {
      outcome.code = await (await import('./alerts.ts')).alertsTest(flags, context)
    })
}

function addOpenApi(program: Command, { stdout }: CliContext): void {
  program
    .command('openapi')
    .description('print the OpenAPI 3.1 document of the APIs')
    .addHelpText('after', examples('zaguan openapi > openapi.json'))
    .action(async () => {
      const { gatewayDocument } = await import('../daemon/http-server.ts')
      print(stdout, `${await gatewayDocument(programVersion())}\n`)
    })
}
