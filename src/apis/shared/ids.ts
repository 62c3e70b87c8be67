/** Formats an account's id as Botbiz does: `wha_1`. */
export function accountRef(id: number): string {
  return `wha_${id}`
}

/** Parses `wha_1` or `1`; undefined for anything else. */
export function readAccountRef(text: string): number | undefined {
  return readRef('wha_', text)
}

/** Formats a message's id as Botbiz does: `msg_12`. */
export function messageRef(id: number): string {
  return `msg_${id}`
}

/** Names the prefixes of ids; optional on input. */
export type IdPrefix = 'wha_' | 'msg_' | 'sch_'

/** Parses an id with or without its prefix, such as `msg_12` or `12`; undefined for anything else. */
export function readRef(prefix: IdPrefix, text: string): number | undefined {
  return readRowId(text.startsWith(prefix) ? text.slice(prefix.length) : text)
}

/** Parses a positive decimal integer; undefined for anything else. */
export function readRowId(text: string): number | undefined {
  if (!/^[1-9]\d{0,15}$/.test(text)) return undefined
  const id = Number(text)
  return Number.isSafeInteger(id) ? id : undefined
}

/**
 * Formats a phone number as Botssy and Botbiz do: `+` and digits. BOTON shows digits alone, as the domain stores
 * them.
 */
export function plusDigits(digits: string): string
export function plusDigits(digits: string | null): string | null
export function plusDigits(digits: string | null): string | null {
  return digits === null ? null : `+${digits}`
}
