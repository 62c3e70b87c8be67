/** Strings that say nothing of a person: what happened and in which state. */
const kept = new Set(['event', 'type', 'status', 'reason', 'role', 'channel'])

/** A moment. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/

/** A reference such as `msg_7`, `wha_1` or `evt_01JQ…`. */
const reference = /^(?:msg|wha|evt|usr)_[0-9A-Za-z]+$/

/**
 * The JSON of an event without what somebody wrote or is called: of its texts only states, times and references stay, and its
 * numbers. Keys stay, so that receivers can read it. What is no JSON becomes an empty object.
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
  // The owner's own fields may be called like one of those that stay.
  if (key === 'customFields' || key === 'custom_fields') return {}
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutWords(inner, name)]))
}

function isPlain(value: string, key: string): boolean {
  return kept.has(key) || reference.test(value) || moment.test(value)
}
