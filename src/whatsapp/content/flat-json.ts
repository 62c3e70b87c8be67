import { cutText, oneLine, plainText } from '../../util/text.ts'

/** Longer JSON in a form or button can only be abuse; characters. */
const maxJsonLength = 65_536
const maxDepth = 8
const maxFields = 100
const maxNameLength = 100
const maxValueLength = 2000

/** Describes a field of outside JSON: the path of its name, and its value as text. */
export interface FlatField {
  name: string
  value: string
}

/** Parses the JSON of a form or button, which is hostile; undefined if it is invalid or too long. */
export function parseJson(json: unknown): unknown {
  if (typeof json !== 'string' || json.length > maxJsonLength) return undefined
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}

/** Returns a member of an object in outside JSON; undefined if it is missing. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/**
 * Lists every value in outside JSON with the names that lead to it; a list of plain values is one field. At most 100
 * fields of limited length.
 */
export function flatFields(value: unknown): FlatField[] {
  const fields: FlatField[] = []
  collect(value, [], fields)
  return fields
}

function collect(value: unknown, path: readonly string[], fields: FlatField[]): void {
  if (fields.length >= maxFields || path.length > maxDepth) return
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
