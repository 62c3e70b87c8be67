import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { SetupError } from '../core/errors.ts'
import { languages } from '../features/sending/rules/template.ts'
import type { Language } from '../features/sending/rules/template.ts'
import { PreviewBody, TemplateBody, TemplateDeleted, TemplateList } from '../apis/shared/templates.ts'
import { askGateway } from './ask-gateway.ts'
import type { GatewayAnswer, GatewayFlags } from './ask-gateway.ts'
import type { CliContext, ExitCode } from './context.ts'
import { print, printJson } from './screen/output.ts'

/** Flags of all `templates` commands. */
export interface TemplateFlags extends GatewayFlags {
  json?: boolean
}

/** Flags of `templates set`. */
export interface SetFlags extends TemplateFlags {
  file: string
  language?: string
}

/** Flags of `templates preview`. */
export interface PreviewFlags extends TemplateFlags {
  var: string[]
  language?: string
  to?: string
}

type Template = z.output<typeof TemplateBody>
type Texts = Partial<Record<Language, string | null | undefined>>

const path = '/api/v1/templates'
const pathOf = (name: string) => `${path}/${encodeURIComponent(name)}`
/** The gateway's maximum page size. */
const pageSize = 200

/** Prints the names of all templates with their languages and variables. */
export async function templatesList(flags: TemplateFlags, context: CliContext): Promise<ExitCode> {
  const all: Template[] = []
  for (;;) {
    const after = all.length === 0 ? '' : `&after=${encodeURIComponent(all.at(-1)?.name ?? '')}`
    const page = await askGateway(flags, context, {
      path: `${path}?limit=${pageSize}${after}`,
      schema: TemplateList,
    })
    if (!page.ok) return told(page, context)
    all.push(...page.body.templates)
    if (page.body.templates.length < pageSize) break
  }
  const lines = all.map(renderLine)
  if (flags.json) printJson(context.stdout, all)
  else print(context.stdout, `${lines.length === 0 ? 'No templates yet.' : lines.join('\n')}\n`)
  return 0
}

/** Prints the text of a template in each language. */
export async function templatesShow(
  name: string,
  flags: TemplateFlags,
  context: CliContext,
): Promise<ExitCode> {
  const answer = await askGateway(flags, context, { path: pathOf(name), schema: TemplateBody })
  if (!answer.ok) return told(answer, context)
  if (flags.json) printJson(context.stdout, answer.body)
  else print(context.stdout, `${renderTemplate(answer.body)}\n`)
  return 0
}

/** Prints a template as a recipient would get it. Exit code 1: a variable is missing, and the message would not be sent. */
export async function templatesPreview(
  name: string,
  flags: PreviewFlags,
  context: CliContext,
): Promise<ExitCode> {
  const answer = await askGateway(flags, context, {
    method: 'POST',
    path: `${pathOf(name)}/preview`,
    body: { to: flags.to, language: flags.language, variables: readVariables(flags.var) },
    schema: PreviewBody,
  })
  if (!answer.ok) return told(answer, context)
  const { text, missing } = answer.body
  if (flags.json) printJson(context.stdout, answer.body)
  else print(context.stdout, `${text}\n`)
  if (missing.length === 0) return 0
  print(context.stderr, `This cannot be sent: ${missing.join(', ')} has no value.\n`)
  return 1
}

/** Stores the text in a file under a name: creates a template or replaces its texts. */
export async function templatesSet(name: string, flags: SetFlags, context: CliContext): Promise<ExitCode> {
  const texts = readTexts(resolve(context.cwd, flags.file), flags.language)
  let isNew = false
  let answer = await askGateway(flags, context, {
    method: 'PATCH',
    path: pathOf(name),
    body: { texts },
    schema: TemplateBody,
  })
  if (!answer.ok && answer.refused === 404) {
    isNew = true
    const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'))
    const body = { name, texts: given }
    answer = await askGateway(flags, context, { method: 'POST', path, body, schema: TemplateBody })
  }
  if (!answer.ok) return told(answer, context)
  if (flags.json) printJson(context.stdout, answer.body)
  else print(context.stdout, `${renderTemplate(answer.body)}\n`)
  print(context.stderr, `${isNew ? 'New' : 'Changed'}: ${name}.\n`)
  return 0
}

/** Deletes a template. */
export async function templatesDelete(
  name: string,
  flags: TemplateFlags,
  context: CliContext,
): Promise<ExitCode> {
  const answer = await askGateway(flags, context, {
    method: 'DELETE',
    path: pathOf(name),
    schema: TemplateDeleted,
  })
  if (!answer.ok) return told(answer, context)
  if (flags.json) printJson(context.stdout, answer.body)
  print(context.stderr, `Deleted: ${name}.\n`)
  return 0
}

/** Returns 1 if the gateway refused, 2 if it did not answer. */
function told(answer: GatewayAnswer<unknown> & { ok: false }, { stderr }: CliContext): ExitCode {
  print(stderr, `${answer.why}\n`)
  return answer.refused === null ? 2 : 1
}

function renderLine({ name, texts, variables }: Template): string {
  const spoken = languages.filter((language) => texts[language] !== undefined)
  return [name, spoken.join(','), variables.map((variable) => `{{${variable}}}`).join(' ')]
    .join('  ')
    .trimEnd()
}

function renderTemplate(template: Template): string {
  const said = languages.flatMap((language) => {
    const text = template.texts[language]
    return text === undefined ? [] : ['', `${language}:`, ...text.split('\n').map((line) => `  ${line}`)]
  })
  return [renderLine(template), ...said].join('\n')
}

function readVariables(pairs: readonly string[]): Record<string, string> | undefined {
  if (pairs.length === 0) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new SetupError(`--var: "${pair}" has no value; expected name=value.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

const field = z.string().nullable().optional()
const Several = z.strictObject({ es: field, pt: field, en: field })
/** Also the form that `templates show --json` prints. */
const WholeTemplate = z.object({ texts: Several })

/** Reads the text of one language, or of several from a JSON file. */
function readTexts(file: string, language: string | undefined): Texts {
  const text = readText(file)
  if (!file.endsWith('.json')) {
    const one = languages.find((each) => each === language)
    if (one !== undefined) return { [one]: text.replace(/\r?\n$/, '') }
    throw new SetupError(
      `--language: give the language of ${file}: ${languages.join(', ')}. A JSON file names its own.`,
    )
  }
  const texts = z
    .union([Several, WholeTemplate.transform((whole) => whole.texts)])
    .safeParse(parsed(text, file))
  if (texts.success) return texts.data
  throw new SetupError(`--file: expected ${file} to hold {"es": "Hola {{customer.name}}", "en": "Hello"}.`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SetupError(`--file: ${file} cannot be read.`, { cause: error })
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SetupError(`--file: ${file} is not valid JSON.`, { cause: error })
  }
}
