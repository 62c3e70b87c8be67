/** An account's id as Botbiz writes it: `wha_1`. */
export function accountRef(id: number): string {
  return `wha_${id}`
}

/** The row behind `wha_1` or `1`; undefined where it is neither. */
export function readAccountRef(text: string): number | undefined {
  return readRef('wha_', text)
}

/** A message's id as Botbiz writes it: `msg_12`. */
export function messageRef(id: number): string {
  return `msg_${id}`
}

/** The prefixes with which ids are written; each may be left out. */
export type IdPrefix = 'wha_' | 'msg_' | 'sch_'

/** Returns the row behind `msg_12` or `12`; undefined where it is neither. */
export function readRef(prefix: IdPrefix, text: string): number | undefined {
  return readRowId(text.startsWith(prefix) ? text.slice(prefix.length) : text)
}

/** A positive integer key written in decimal, undefined for everything else. */
export function readRowId(text: string): number | undefined {
  if (!/^[1-9]\d{0,15}$/.test(text)) return undefined
  const id = Number(text)
  return Number.isSafeInteger(id) ? id : undefined
}

/** Botssy's and Botbiz's spelling of a phone number: `+` and digits. BOTON writes the digits alone, as the domain keeps them. */
export function plusDigits(digits: string): string
export function plusDigits(digits: string | null): string | null
export function plusDigits(digits: string | null): string | null {
  return digits === null ? null : `+${digits}`
}
