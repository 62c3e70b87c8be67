import { detailOf } from './detail.ts'
import type { KeyInfo } from './keys.ts'

/** Describes a fault in the configuration. */
export interface Fault {
  /** The key, if the fault concerns one. */
  key: string | null
  /** The file and line, the environment variable or the option. */
  where: string
  message: string
}

/** Holds an unchecked value and its place. */
export interface RawValue {
  value: unknown
  where: string
}

/** Holds the values and faults of one source (file, environment, options). */
export interface Reading {
  values: Map<string, RawValue>
  faults: Fault[]
}

/** Describes why a value does not fit its key, without quoting secrets. */
export function wrongValue(info: KeyInfo, raw: RawValue): Fault {
  const [issue] = info.schema.safeParse(raw.value).error?.issues ?? []
  const own = issue?.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : undefined
  if (own !== undefined) return { key: info.key, where: raw.where, message: own }
  return { key: info.key, where: raw.where, message: `expected ${info.expected}${foundIn(info, raw.value)}` }
}

function foundIn(info: KeyInfo, value: unknown): string {
  const detail = detailOf(info.schema, value)
  const why = detail === undefined ? '' : `: ${detail}`
  if (info.secret) return why
  // Otherwise the found value may look exactly like the expected one.
  if (info.kind === 'list' && typeof value === 'string') {
    return `, in brackets: [${shown(value)}]; found the text ${shown(value)} alone`
  }
  return `, found ${shown(value)}${why}`
}

/** Formats all faults as one message, one per line. */
export function faultsMessage(faults: readonly Fault[]): string {
  const heading =
    faults.length === 1 ? 'The configuration has an error:' : `The configuration has ${faults.length} errors:`
  return [heading, ...faults.map((fault) => `  ${faultLine(fault)}`)].join('\n')
}

function faultLine({ key, where, message }: Fault): string {
  return key === null ? `${where}: ${message}` : `${key} (${where}): ${message}`
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
