import type { BinaryNode } from '@whiskeysockets/baileys'
import type { IncomingMessage } from '../../core/messages/incoming.ts'
import { bareJid } from '../../core/jid.ts'
import { oneLine } from '../../util/text.ts'
import { label } from '../content/checked.ts'
import { addressOf, nameLength } from './from-whatsapp.ts'

/** Names a call's result, as far as this device learns it. */
type CallOutcome = 'missed' | 'answered' | 'rejected'

/** Results of a call that this device did not take, by the `reason` of its end (observed on the wire). */
const outcomes: Partial<Record<string, CallOutcome>> = {
  accepted_elsewhere: 'answered',
  rejected_elsewhere: 'rejected',
}

interface CallOffer {
  video: boolean
  accepted: boolean
}

const maxOffers = 200
const latest = 24 * 60 * 60_000

/**
 * Turns each ended call into a message. This device cannot take calls: it sees how one begins (`offer`), that it ends
 * (`terminate`, with a reason), and afterwards that one came while it was offline (`offer_notice`).
 */
export class Calls {
  /** Ringing calls, by id. */
  private readonly offers = new Map<string, CallOffer>()

  /** Reads a `call` stanza at `now`; undefined while the call goes on, and for the account's own calls. */
  read(node: BinaryNode, own: readonly string[], now: Date): IncomingMessage | undefined {
    const [info] = Array.isArray(node.content) ? node.content : []
    const id = label(info?.attrs['call-id'], 100)
    if (!info || id === '') return undefined
    if (info.tag === 'offer') this.offered(id, info)
    const offer = this.offers.get(id)
    if (info.tag === 'accept' && offer) offer.accepted = true
    const isOver = info.tag === 'terminate' || info.tag === 'reject' || info.tag === 'offer_notice'
    if (!isOver) return undefined
    this.offers.delete(id)
    return callMessage(node, { info, id, offer, own, now })
  }

  private offered(id: string, info: BinaryNode): void {
    const oldest = this.offers.keys().next().value
    if (this.offers.size >= maxOffers && oldest !== undefined) this.offers.delete(oldest)
    this.offers.set(id, { video: isVideo(info), accepted: false })
  }
}

function isVideo({ content, attrs }: BinaryNode): boolean {
  return attrs['media'] === 'video' || (Array.isArray(content) && content.some(({ tag }) => tag === 'video'))
}

function callMessage(
  { attrs }: BinaryNode,
  call: { info: BinaryNode; id: string; offer: CallOffer | undefined; own: readonly string[]; now: Date },
): IncomingMessage | undefined {
  const { info, id, offer, own, now } = call
  const creator = info.attrs['call-creator'] ?? attrs['from'] ?? ''
  const caller = bareJid(creator)
  if (own.includes(caller)) return undefined
  const other = info.attrs['caller_pn'] ?? attrs['sender_pn'] ?? attrs['sender_lid']
  const group = info.attrs['group-jid']
  const chat = addressOf(
    group === undefined
      ? { remoteJid: caller, ...(other === undefined ? {} : { remoteJidAlt: other }) }
      : { remoteJid: group },
  )
  if (!chat) return undefined
  const outcome =
    info.tag === 'reject'
      ? 'rejected'
      : (outcomes[info.attrs['reason'] ?? ''] ?? (offer?.accepted ? 'answered' : 'missed'))
  const stamped = Number(attrs['t']) * 1000
  const isSensible = stamped > 0 && stamped < now.getTime() + latest
  const name = oneLine(attrs['notify'] ?? info.attrs['caller-name'], nameLength)
  return {
    chat,
    waId: id,
    fromMe: false,
    participant: group === undefined ? null : caller,
    pushName: name === '' ? null : name,
    kind: 'call',
    text: '',
    details: { facts: { outcome, video: (offer?.video ?? isVideo(info)) ? 'yes' : 'no' } },
    proto: null,
    sentAt: isSensible ? new Date(stamped) : now,
    origin: attrs['offline'] === undefined ? 'live' : 'offline',
  }
}
