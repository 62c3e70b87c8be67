import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { ErrorDetail } from '../../core/errors.ts'

/** The maximum number of faults in an answer. */
const maxFaults = 20
/** Names from outside are cut to this length in answers. */
const maxNameLength = 100

/**
 * Returns the parsed value. @throws AppError invalid_request with the first 20 faults; the message names the first
 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> {
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  const faults: Fault[] = []
  for (const issue of outcome.error.issues) {
    if (faults.length >= maxFaults) break
    faults.push(...faultsOf(issue, value, part).slice(0, maxFaults - faults.length))
  }
  const first = faults[0]
  throw new AppError('invalid_request', first?.sentence ?? 'Invalid request', {
    details: faults.map(({ field, message }) => ({ field, message })),
  })
}

interface Fault extends ErrorDetail {
  sentence: string
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown, part: string): Fault[] {
  const where = issue.path.map(nameOf).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, maxFaults).map((key) => {
      const name = nameOf(key)
      const field = where === '' ? name : `${where}.${name}`
      return {
        field: `${part}.${field}`,
        message: 'unknown parameter',
        sentence: `Unknown parameter: ${field}`,
      }
    })
  }
  const message = expectation(issue)
  if (where === '') return [{ field: part, message, sentence: `Invalid ${part}: ${message}` }]
  const field = `${part}.${where}`
  if (issue.code !== 'custom' && valueAt(value, issue.path) === undefined) {
    return [{ field, message: 'required', sentence: `Missing required parameter: ${where}` }]
  }
  return [{ field, message, sentence: `Invalid parameter ${where}: ${message}` }]
}

function nameOf(key: PropertyKey): string {
  const name = String(key)
  return name.length <= maxNameLength ? name : `${name.slice(0, maxNameLength).toWellFormed()}…`
}

/** Names the expected value: in the schema's own words, else the library's message in ours. */
function expectation(issue: z.core.$ZodIssue): string {
  const isDefault = /^(Too (big|small)|Invalid option)/.test(issue.message)
  if (isDefault && issue.code === 'too_big') return `expected at most ${issue.maximum}${unit(issue.origin)}`
  if (isDefault && issue.code === 'too_small')
    return `expected at least ${issue.minimum}${unit(issue.origin)}`
  if (isDefault && issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(', ')}`
  return issue.message.replace(/^Invalid input: /, '')
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Reflect.get(at, key)
  }
  return at
}
