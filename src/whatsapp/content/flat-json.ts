import { cutText, oneLine, plainText } from '../../util/text.ts'

/** What a form or a button says in JSON is longer than this only where somebody wants to be a burden; characters. */
const maxJsonLength = 65_536
const deepest = 8
const maxFields = 100
const maxNameLength = 100
const maxValueLength = 2000

/** A field of somebody's JSON: the path of its name, and its value as words. */
export interface FlatField {
  name: string
  value: string
}

/** Parses the JSON of a form or a button; undefined where it is none, or more than anybody has to say. Hostile text. */
export function parseJson(json: unknown): unknown {
  if (typeof json !== 'string' || json.length > maxJsonLength) return undefined
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}

/** A member of an object of somebody's JSON; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** Every value in somebody's JSON with the names that lead to it; lists of plain values are one field. At most 100, each bounded. */
export function flatFields(value: unknown): FlatField[] {
  const fields: FlatField[] = []
  collect(value, [], fields)
  return fields
}

function collect(value: unknown, path: readonly string[], fields: FlatField[]): void {
  if (fields.length >= maxFields || path.length > deepest) return
  const plain = plainValue(value) ?? plainList(value)
  if (plain !== undefined) {
    const name = oneLine(path.join('.'), maxNameLength)
    if (plain !== '') fields.push({ name, value: plain })
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value).slice(0, maxFields)) {
    collect(inner, [...path, name], fields)
  }
}

function plainValue(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? cutText(plainText(value), maxValueLength).trim() : undefined
}

function plainList(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const words = value.slice(0, maxFields).map(plainValue)
  return words.some((word) => word === undefined) ? undefined : cutText(words.join(', '), maxValueLength)
}
