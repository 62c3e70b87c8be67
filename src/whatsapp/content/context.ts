import type { WAMessageKey, proto } from '@whiskeysockets/baileys'
import type { AdReferral, Quote } from '../../core/content.ts'
import type { MessageContext } from '../../core/message-body.ts'
import { bareJid } from '../../core/jid.ts'
import { cutText } from '../../util/text.ts'
import { jidOf, known, label, maxTimerSeconds, numberWithin, webAddress } from './checked.ts'
import { firstReading } from './kinds/kinds.ts'
import { unwrapped } from './unwrap.ts'

/** Holds the account's own number and LID. */
export interface OwnIdentity {
  id: string
  lid: string
}

/** Names the writer and the reader of a message. */
export interface Perspective {
  key: WAMessageKey
  /** Undefined if unknown: then only the chat's addresses tell who is meant. */
  me: OwnIdentity | undefined
}

const maxMentions = 100
const maxQuoteLength = 1000

/** Reads what surrounds the words of a message: quote, mentions, forwarding, timer, advertisement. */
export function readContext(
  info: proto.IContextInfo | null | undefined,
  seen: Perspective,
): Pick<MessageContext, 'quote' | 'mentions' | 'forwarded' | 'disappearsAfter' | 'ad'> {
  if (!info) return {}
  return known<ReturnType<typeof readContext>>({
    quote: readQuote(info, seen),
    mentions: readMentions(info.mentionedJid),
    forwarded:
      info.isForwarded === true ? Math.max(numberWithin(info.forwardingScore, 0, 1000) ?? 1, 1) : undefined,
    disappearsAfter: numberWithin(info.expiration, 1, maxTimerSeconds),
    ad: readAd(info.externalAdReply),
  })
}

function readQuote(info: proto.IContextInfo, seen: Perspective): Quote | undefined {
  const waId = label(info.stanzaId, 100)
  if (waId === '') return undefined
  // A reply may name the quoted message without repeating it.
  const { content } = unwrapped(info.quotedMessage ?? {})
  const { kind, text } = firstReading(content)?.reading ?? { kind: 'unsupported' as const, text: '' }
  const participant = jidOf(info.participant)
  return { waId, fromMe: isMe(participant, seen), participant, kind, text: cutText(text, maxQuoteLength) }
}

/** Tells whether a jid in a message of this chat is the account itself. */
export function isMe(jid: string | null, { key, me }: Perspective): boolean {
  if (jid === null) return false
  if (me) return jid === bareJid(me.id) || (me.lid !== '' && jid === bareJid(me.lid))
  // In a one-to-one chat it is one of the two.
  const theirs = [key.remoteJid, key.remoteJidAlt].map(jidOf)
  return !key.participant && !theirs.includes(jid)
}

function readMentions(jids: readonly string[] | null | undefined): string[] | undefined {
  const mentions = (jids ?? [])
    .slice(0, maxMentions)
    .map(jidOf)
    .filter((jid) => jid !== null)
  return mentions.length === 0 ? undefined : [...new Set(mentions)]
}

/** Reads an advertisement: replies to other things use the same field. */
function readAd(ad: proto.ContextInfo.IExternalAdReplyInfo | null | undefined): AdReferral | undefined {
  if (!ad) return undefined
  const sourceUrl = webAddress(ad.sourceUrl)
  const [sourceId, clickId] = [label(ad.sourceId, 100), label(ad.ctwaClid, 500)]
  if (sourceUrl === '' && sourceId === '' && clickId === '') return undefined
  return { title: label(ad.title, 300), body: label(ad.body, 1000), sourceUrl, sourceId, clickId }
}
