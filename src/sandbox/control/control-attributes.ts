import { ControlError, type Fields } from './control-request.ts'
import type { SendOptions } from '../people/correspondence.ts'

/** Reads attributes that override a stanza's own: a text each, or null to omit one. */
export function readAttributes(body: Fields): SendOptions['attributes'] {
  const raw = body.raw('attributes')
  if (raw === undefined) return undefined
  const entries = typeof raw === 'object' && raw !== null ? Object.entries(raw) : []
  if (entries.length === 0 || entries.some(([, value]) => value !== null && typeof value !== 'string')) {
    throw new ControlError(400, 'attributes must be an object of texts; null leaves an attribute out')
  }
  return Object.fromEntries(entries) as SendOptions['attributes']
}
