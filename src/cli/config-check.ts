import { faultsMessage } from '../config/fault.ts'
import type { KeyInfo } from '../config/keys.ts'
import { keys } from '../config/keys.ts'
import { checkConfig } from '../config/load.ts'
import type { LoadedConfig } from '../config/load.ts'
import { notesOn } from '../config/notes.ts'
import type { CliContext, ExitCode } from './context.ts'
import { optionsOf } from './start.ts'
import type { StartFlags } from './start.ts'
import { print } from './screen/output.ts'

/** Prints every key with its value and source, or all faults. */
export function configCheck(flags: StartFlags, context: CliContext): ExitCode {
  const { env, cwd, stdout, stderr } = context
  const checked = checkConfig({ path: flags.config, env, cwd, options: optionsOf(flags) })
  if (!checked.ok) {
    print(stderr, `${faultsMessage(checked.faults)}\n`)
    return 1
  }
  print(stdout, `${renderConfig(checked)}\n`)
  return 0
}

/** Renders every key with its value and source as lines for a person; hides secrets. */
function renderConfig({ config, sources, file }: LoadedConfig): string {
  const notes = notesOn(config, sources)
  const sections: Record<string, Record<string, unknown>> = config
  const rows = keys.map((info) => ({
    key: info.key,
    value: shown(info, sections[info.section]?.[info.name]),
    where: sources[info.key].where,
  }))
  const keyWidth = widest(rows.map((row) => row.key))
  const valueWidth = widest(rows.map((row) => row.value))
  const lines = rows.map(
    ({ key, value, where }) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${where}`,
  )
  const heading = file === null ? 'No configuration file; unset keys have their defaults.' : `From ${file}`
  const end =
    notes.length === 0
      ? ['The configuration is valid.']
      : ['The configuration is valid, but check this:', ...notes.map((note) => `  ${note}`)]
  return [heading, '', ...lines, '', ...end].join('\n')
}

function widest(cells: string[]): number {
  return Math.max(...cells.map((cell) => cell.length))
}

function shown(info: KeyInfo, value: unknown): string {
  if (info.secret && value !== null) return '(secret)'
  const text = JSON.stringify(value)
  return text.length > 48 ? `${text.slice(0, 47)}…` : text
}
