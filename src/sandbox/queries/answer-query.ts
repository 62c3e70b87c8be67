import { children } from '../protocol/nodes.ts'
import { askAboutGroups, changeGroups } from './groups.ts'
import { countPreKeys, digest, fetchBundles, rotateSignedPreKey, uploadPreKeys } from './keys.ts'
import type { QueryAnswer, Handler, Query } from './query.ts'
import {
  appState,
  blocklist,
  mediaConnection,
  mex,
  noPicture,
  nothing,
  privacySettings,
  properties,
} from './settings.ts'
import { usync } from './usync.ts'

/** By namespace, type and first child; the child may be left out. */
const handlers: Record<string, Handler> = {
  'encrypt get count': countPreKeys,
  'encrypt get digest': digest,
  'encrypt get key': fetchBundles,
  'encrypt set rotate': rotateSignedPreKey,
  'encrypt set': uploadPreKeys,
  'usync get': usync,
  'w:p get': nothing,
  'passive set': nothing,
  'abt get': properties,
  'blocklist get': blocklist,
  'privacy get': privacySettings,
  'privacy set': nothing,
  'w:sync:app:state set': appState,
  'w:m set media_conn': mediaConnection,
  'w:g2 get': askAboutGroups,
  'w:g2 set': changeGroups,
  'w:profile:picture get': noPicture,
  'w:mex get': mex,
  'urn:xmpp:whatsapp:dirty set': nothing,
  'w:stats set': nothing,
  'w:stats': nothing,
  'urn:xmpp:whatsapp:push get': nothing,
  'disappearing_mode set': nothing,
  'status set': nothing,
  'status get': nothing,
}

/** The maximum number of query kinds that are counted. */
const maxKinds = 200

/** Answers a query; undefined if the sandbox does not know it. */
export function answerQuery(query: Query): QueryAnswer | undefined {
  const { xmlns = '', type = '' } = query.iq.attrs
  const first = children(query.iq)[0]?.tag ?? ''
  const name = `${xmlns} ${type} ${first}`.trim()
  const { queries } = query.account
  if (queries.has(name) || queries.size < maxKinds) queries.set(name, (queries.get(name) ?? 0) + 1)
  const handler = handlers[name] ?? handlers[`${xmlns} ${type}`.trim()]
  return handler?.(query)
}
