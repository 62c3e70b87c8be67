import { child, node, textOf, type BinaryNode } from '../protocol/nodes.ts'
import type { QueryAnswer, Query } from './query.ts'

const privacy: Record<string, string> = {
  last: 'all',
  online: 'all',
  profile: 'all',
  status: 'all',
  readreceipts: 'all',
  groupadd: 'all',
  calladd: 'all',
}

/** Returns server-side switches. 10518: privacy tokens on one-to-one messages (Baileys' lib/Socket/chats.js). */
export function properties(): QueryAnswer {
  return [node('props', { hash: 'sandbox', refresh: '86400' }, [property('10518', 'true')])]
}

/** Returns the account's privacy settings. */
export function privacySettings(): QueryAnswer {
  const categories = Object.entries(privacy).map(([name, value]) => node('category', { name, value }))
  return [node('privacy', {}, categories)]
}

/** Returns an empty blocklist. */
export function blocklist(): QueryAnswer {
  return [node('list', {}, [])]
}

/** Answers that there is no profile picture. */
export function noPicture(): QueryAnswer {
  return { error: 404, text: 'item-not-found' }
}

/** Answers without content. */
export function nothing(): QueryAnswer {
  return []
}

/** Returns where to upload files, and the token for it. Clients ask once and keep the answer. */
export function mediaConnection({ media }: Query): QueryAnswer {
  const host = node('host', { hostname: media.hostname, maxContentLengthBytes: '104857600' })
  const attributes = { auth: media.auth, ttl: '3600', auth_ttl: '3600', max_buckets: '12' }
  return [node('media_conn', attributes, [host])]
}

/** Exchanges patches of the app state. */
export function appState({ account, device, appStates, iq }: Query): QueryAnswer {
  return [appStates.answer(account, device, child(iq, 'sync'))]
}

/** Answers GraphQL inside a stanza; only questions about the account's limits and channels have an answer. */
export function mex({ account, iq, directory }: Query): QueryAnswer {
  const query = child(iq, 'query')
  const { reachoutTimelock: lock, newChatCap: cap } = account.limits
  const answers: Record<string, object> = {
    '23983697327930364': {
      xwa2_fetch_account_reachout_timelock: {
        is_active: lock?.active ?? false,
        time_enforcement_ends: lock?.endsAt ? Math.floor(lock.endsAt / 1000).toString() : '0',
        enforcement_type: lock?.type ?? 'DEFAULT',
      },
    },
    '24503548349331633': {
      xwa2_message_capping_info: {
        total_quota: cap?.total ?? 0,
        used_quota: cap?.used ?? 0,
        cycle_start_timestamp: '0',
        cycle_end_timestamp: Math.floor((cap?.cycleEndsAt ?? 0) / 1000).toString(),
        ote_status: 'NOT_ELIGIBLE',
        mv_status: 'NOT_ELIGIBLE',
        capping_status: cap?.status ?? 'NONE',
      },
    },
  }
  const asked = query?.attrs['query_id'] ?? ''
  const data = asked === aboutChannel ? channelOf(query, directory.channelNames) : answers[asked]
  if (!data) return { error: 404, text: 'item-not-found' }
  return [node('result', {}, Buffer.from(JSON.stringify({ data })))]
}

const aboutChannel = '6563316087068696'

/** Returns a channel's description; undefined for one without a name. */
function channelOf(query: BinaryNode | undefined, names: ReadonlyMap<string, string>): object | undefined {
  const { variables } = JSON.parse(textOf(query) ?? '{}') as { variables?: { input?: { key?: string } } }
  const id = variables?.input?.key ?? ''
  const text = names.get(id.split('@')[0] ?? '')
  if (text === undefined) return undefined
  return { xwa2_newsletter: { id, thread_metadata: { name: { text } } } }
}

function property(code: string, value: string) {
  return node('prop', { config_code: code, config_value: value })
}
