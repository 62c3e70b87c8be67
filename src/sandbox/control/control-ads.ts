import type { AdReferral } from '../people/ad-referral.ts'
import type { Fields } from './control-request.ts'

const optionalNames = ['title', 'body', 'sourceId', 'clickId', 'app', 'greeting'] as const

/** Reads the advertisement of a message. @throws ControlError if a field has the wrong kind */
export function readReferral(ad: Fields | undefined): AdReferral | undefined {
  if (!ad) return undefined
  const read: AdReferral = { sourceUrl: ad.required('sourceUrl', 'string') }
  for (const name of optionalNames) {
    const value = ad.optional(name, 'string')
    if (value !== undefined) read[name] = value
  }
  ad.end()
  return read
}
