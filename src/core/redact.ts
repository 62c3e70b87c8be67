/** Fields whose strings hold no personal data: the act and the state. */
const kept = new Set(['event', 'type', 'status', 'reason', 'role', 'channel'])

/** An ISO 8601 time. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/

/** A reference such as `msg_7`, `wha_1` or `evt_01JQ…`. */
const reference = /^(?:msg|wha|evt|usr)_[0-9A-Za-z]+$/

/**
 * Removes people's words and names from an event's JSON: keeps states, times, references, numbers and all keys, so
 * that receivers can still read it. Invalid JSON becomes an empty object.
 */
export function redacted(json: string): string {
  try {
    return JSON.stringify(withoutWords(JSON.parse(json), ''))
  } catch {
    return '{}'
  }
}

function withoutWords(value: unknown, key: string): unknown {
  if (typeof value === 'string') return isPlain(value, key) ? value : ''
  if (Array.isArray(value)) return []
  if (typeof value !== 'object' || value === null) return value
  // The owner's own fields may have the name of a kept one.
  if (key === 'customFields' || key === 'custom_fields') return {}
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutWords(inner, name)]))
}

function isPlain(value: string, key: string): boolean {
  return kept.has(key) || reference.test(value) || moment.test(value)
}
