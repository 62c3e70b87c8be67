import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { SetupError } from '../core/errors.ts'
import { readEnvironment } from './env.ts'
import type { Environment } from './env.ts'
import { faultsMessage, wrongValue } from './fault.ts'
import type { Fault, RawValue, Reading } from './fault.ts'
import { readConfigFile } from './file.ts'
import { keys } from './keys.ts'
import { sections } from './schema.ts'
import type { Config, ConfigKey } from './schema.ts'

/** Says where a value comes from. */
type SourceKind = 'default' | 'file' | 'env' | 'option'

/** Names the source of one value. */
interface ConfigSource {
  kind: SourceKind
  /** For people: `config.yaml, line 3`, `ZAGUAN_SERVER__PORT`, `--port`, or `default`. */
  where: string
}

/** Holds the source of each key's value. */
export type ConfigSources = Readonly<Record<ConfigKey, ConfigSource>>

/** Holds a key set on the command line. */
export interface ConfigOption {
  key: ConfigKey
  /** The flag as typed: `--port`. */
  flag: string
  value: unknown
}

/** Says where to look for the configuration. */
export interface LoadOptions {
  /** From `--config`; if undefined, `ZAGUAN_CONFIG`, then `config.yaml` if it exists. */
  path?: string | undefined
  env: Environment
  /** The folder in which the program was started. */
  cwd: string
  options?: readonly ConfigOption[]
}

/** Holds a valid configuration and its sources. */
export interface LoadedConfig {
  config: Config
  sources: ConfigSources
  /** The file that was read; null if no file exists. */
  file: string | null
}

/** Holds a valid configuration, or its faults. */
export type CheckedConfig = ({ ok: true } & LoadedConfig) | { ok: false; faults: readonly Fault[] }

const wholeSchema = z.strictObject(sections)

/** Loads the configuration. @throws SetupError that names all faults */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const checked = checkConfig(options)
  if (!checked.ok) throw new SetupError(faultsMessage(checked.faults))
  return checked
}

/**
 * Checks the configuration: defaults, overridden by the file, the environment and the command line, in this order.
 */
export function checkConfig(options: LoadOptions): CheckedConfig {
  const file = configPath(options)
  const places: [SourceKind, Reading][] = [
    ['file', file === null ? emptyReading() : readConfigFile(file)],
    ['env', readEnvironment(options.env)],
    ['option', readOptions(options.options ?? [])],
  ]
  const faults = places.flatMap(([, reading]) => [...reading.faults, ...wrongValues(reading)])
  if (faults.length > 0) return { ok: false, faults }

  const values: Record<string, Record<string, unknown>> = {}
  const sources: Partial<Record<ConfigKey, ConfigSource>> = {}
  for (const info of keys) {
    const section = (values[info.section] ??= {})
    sources[info.key] = { kind: 'default', where: 'default' }
    for (const [kind, reading] of places) {
      const raw = reading.values.get(info.key)
      if (!raw) continue
      section[info.name] = raw.value
      sources[info.key] = { kind, where: raw.where }
    }
  }
  return { ok: true, config: wholeSchema.parse(values), sources: sources as ConfigSources, file }
}

function configPath({ path, env, cwd }: LoadOptions): string | null {
  const chosen = path ?? (env['ZAGUAN_CONFIG'] || undefined)
  if (chosen !== undefined) return resolve(cwd, chosen)
  const usual = resolve(cwd, 'config.yaml')
  return existsSync(usual) ? usual : null
}

// An overridden value is checked too: it would stop the start on the day the override goes.
function wrongValues(reading: Reading): Fault[] {
  return keys.flatMap((info) => {
    const raw = reading.values.get(info.key)
    return raw && !info.schema.safeParse(raw.value).success ? [wrongValue(info, raw)] : []
  })
}

function readOptions(options: readonly ConfigOption[]): Reading {
  const reading = emptyReading()
  for (const { key, flag, value } of options) {
    const raw: RawValue = { value, where: flag }
    reading.values.set(key, raw)
  }
  return reading
}

function emptyReading(): Reading {
  return { values: new Map(), faults: [] }
}
