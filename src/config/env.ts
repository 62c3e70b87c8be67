import { readFileSync } from 'node:fs'
import { memoryModes } from '../runtime/memory.ts'
import { keys } from './keys.ts'
import type { KeyInfo } from './keys.ts'
import { wrongValue } from './fault.ts'
import type { Fault, Reading } from './fault.ts'
import { didYouMean } from './nearest.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Variables of the program itself that are no configuration keys. */
const ownVariables = ['ZAGUAN_CONFIG', 'ZAGUAN_KEY', 'ZAGUAN_KEY_FILE', 'ZAGUAN_MEMORY']

// Kubernetes sets these in every container beside a service called "zaguan".
const serviceLink =
  /^ZAGUAN_(?:[A-Z0-9]+_)*(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)$/

/** Reads every `ZAGUAN_<SECTION>__<KEY>` and `…_FILE`; other `ZAGUAN_…` variables are faults. */
export function readEnvironment(env: Environment): Reading {
  const reading: Reading = { values: new Map(), faults: [] }
  for (const info of keys) readVariable(info, env, reading)
  const memory = env['ZAGUAN_MEMORY']
  if (memory !== undefined && !memoryModes.some((mode) => mode === memory)) {
    reading.faults.push({
      key: null,
      where: 'ZAGUAN_MEMORY',
      message: `expected ${memoryModes.join(' or ')}, found "${memory.slice(0, 40)}"`,
    })
  }
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('ZAGUAN_') && value !== undefined && !isKnown(name, value)) {
      reading.faults.push(unknownVariable(name))
    }
  }
  return reading
}

function isKnown(name: string, value: string): boolean {
  if (ownVariables.includes(name) || serviceLink.test(name) || value.startsWith('tcp://')) return true
  return variableNames.includes(name)
}

const variableNames = keys.flatMap((info) =>
  info.secret ? [info.variable, `${info.variable}_FILE`] : [info.variable],
)

function unknownVariable(name: string): Fault {
  const plain = keys.find((info) => name === `${info.variable}_FILE`)
  const hint = plain
    ? `; only secrets are read from files, use ${plain.variable}`
    : didYouMean(name, [...variableNames, ...ownVariables])
  return { key: null, where: name, message: `unknown setting${hint}` }
}

function readVariable(info: KeyInfo, env: Environment, reading: Reading): void {
  const fileVariable = `${info.variable}_FILE`
  const text = env[info.variable]
  const path = info.secret ? env[fileVariable] : undefined
  if (text !== undefined && path !== undefined) {
    const message = `set either this or ${info.variable}, not both`
    reading.faults.push({ key: info.key, where: fileVariable, message })
  } else if (text !== undefined) {
    const value = parseText(info, text)
    if (value === unreadable) reading.faults.push(wrongValue(info, { value: text, where: info.variable }))
    else reading.values.set(info.key, { value, where: info.variable })
  } else if (path !== undefined) {
    readSecretFile(info, path, reading)
  }
}

function readSecretFile(info: KeyInfo, path: string, reading: Reading): void {
  const where = `${info.variable}_FILE`
  try {
    reading.values.set(info.key, { value: readFileSync(path, 'utf8').trim(), where })
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    reading.faults.push({ key: info.key, where, message: `the file ${path} cannot be read (${why})` })
  }
}

const unreadable = Symbol('not the type that the key needs')
const booleans = new Map(
  Object.entries({ true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }),
)

/** Parses a text by the key's kind. An empty text is null where null is allowed, and an empty list. */
function parseText(info: KeyInfo, text: string): unknown {
  const trimmed = text.trim()
  if (info.nullable && (trimmed === '' || trimmed === 'null')) return null
  switch (info.kind) {
    case 'text':
      return text
    case 'list':
      return trimmed === '' ? [] : trimmed.split(',').map((item) => item.trim())
    case 'boolean':
      return booleans.get(trimmed.toLowerCase()) ?? unreadable
    case 'number':
      return /^[+-]?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : unreadable
  }
}
