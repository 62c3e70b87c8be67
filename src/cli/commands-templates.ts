import type { Command } from 'commander'
import { examples, gatewayFlags } from './command-parts.ts'
import type { CommandOutcome } from './command-parts.ts'
import type { CliContext } from './context.ts'
import type { PreviewFlags, SetFlags, TemplateFlags } from './templates.ts'

const languageFlag = ['--language <language>', 'es, pt or en'] as const

/** Adds `zaguan templates …`. */
export function addTemplates(program: Command, context: CliContext, outcome: CommandOutcome): void {
  const templates = program
    .command('templates')
    .description('manage the templates of a running gateway (exit code 1 refused, 2 no answer)')
  templates.addHelpText(
    'after',
    examples('zaguan templates list', 'zaguan templates set order-ready --file order-ready.json'),
  )
  // Loaded late: the API's schemas take a while.
  const commands = () => import('./templates.ts')
  gatewayFlags(templates.command('list'))
    .description('list the templates with languages and variables')
    .addHelpText('after', examples('zaguan templates list', 'zaguan templates list --json'))
    .action(async (flags: TemplateFlags) => {
      outcome.code = await (await commands()).templatesList(flags, context)
    })
  gatewayFlags(templates.command('show <name>'))
    .description('print the texts of a template')
    .addHelpText('after', examples('zaguan templates show order-ready'))
    .action(async (name: string, flags: TemplateFlags) => {
      outcome.code = await (await commands()).templatesShow(name, flags, context)
    })
  addPreview(templates, context, outcome)
  addSet(templates, context, outcome)
  gatewayFlags(templates.command('delete <name>'))
    .description('delete a template that no schedule uses')
    .addHelpText('after', examples('zaguan templates delete order-ready'))
    .action(async (name: string, flags: TemplateFlags) => {
      outcome.code = await (await commands()).templatesDelete(name, flags, context)
    })
}

function addPreview(templates: Command, context: CliContext, outcome: CommandOutcome): void {
  const collect = (pair: string, before: string[]) => [...before, pair]
  gatewayFlags(templates.command('preview <name>'))
    .description('preview a template without sending it (exit code 1: a value is missing)')
    .option('--var <name=value>', 'the value of a variable; repeat for more', collect, [])
    .option(...languageFlag)
    .option('--to <number>', 'preview for this number')
    .addHelpText(
      'after',
      examples(
        'zaguan templates preview order-ready --var order=A-17 --language es',
        'zaguan templates preview order-ready --var order=A-17 --to 5491155550001',
      ),
    )
    .action(async (name: string, flags: PreviewFlags) => {
      outcome.code = await (await import('./templates.ts')).templatesPreview(name, flags, context)
    })
}

function addSet(templates: Command, context: CliContext, outcome: CommandOutcome): void {
  gatewayFlags(templates.command('set <name>'))
    .description('create or replace a template from a file')
    .requiredOption('--file <file>', 'a text, or JSON with one per language: {"es": "Hola", "en": "Hello"}')
    .option(languageFlag[0], 'the language of a text file: es, pt or en')
    .addHelpText(
      'after',
      examples(
        'zaguan templates set order-ready --file listo.txt --language es',
        'zaguan templates set order-ready --file order-ready.json',
      ),
    )
    .action(async (name: string, flags: SetFlags) => {
      outcome.code = await (await import('./templates.ts')).templatesSet(name, flags, context)
    })
}
