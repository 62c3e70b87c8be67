import type { BinaryNode } from '@whiskeysockets/baileys'
import type { ReadElsewhere } from '../../features/chats/presence-marks.ts'
import type { Receipt } from '../../core/messages/incoming.ts'
import { bareJid } from '../../core/jid.ts'
import { addressOf } from './from-whatsapp.ts'
import type { OwnIdentity } from '../content/context.ts'

/**
 * Receipt types and the status they mean for our message. `played` applies to voice notes; no type means delivered.
 */
const meaning = new Map<string, Receipt['status']>([
  ['', 'delivered'],
  ['inactive', 'delivered'],
  ['read', 'read'],
  ['played', 'read'],
])

/** Reads a receipt for messages that we sent; undefined for other receipts (own devices, retries). */
export function readReceipt(node: BinaryNode, me: OwnIdentity): Receipt | undefined {
  const { id, from, type, t, recipient, participant } = node.attrs
  const status = meaning.get(type ?? '')
  if (!id || !from || status === undefined || recipient !== undefined) return undefined
  const sender = bareJid(participant ?? from)
  if (sender === bareJid(me.id) || sender === bareJid(me.lid)) return undefined
  return { waIds: [id, ...listedIds(node)], status, at: timeOf(t) }
}

const ownReadings = new Set(['read', 'read-self', 'played', 'played-self'])

/** Reads which messages another device of the account has read; undefined for other receipts. */
export function ownReading(node: BinaryNode, me: OwnIdentity): ReadElsewhere | undefined {
  const { id, from, type, recipient, participant } = node.attrs
  if (!id || !from || !ownReadings.has(type ?? '')) return undefined
  const reader = bareJid(participant ?? from)
  if (reader !== bareJid(me.id) && reader !== bareJid(me.lid)) return undefined
  const chat = addressOf({ remoteJid: recipient ?? from })
  return chat && { chat, read: [id, ...listedIds(node)] }
}

const dayMs = 24 * 60 * 60_000

/** Returns the server's time, or now if it is invalid or in the future. */
function timeOf(t: string | undefined): Date {
  const at = new Date(Number(t ?? 0) * 1000)
  const now = Date.now()
  return at.getTime() > 0 && at.getTime() <= now + dayMs ? at : new Date(now)
}

function listedIds(node: BinaryNode): string[] {
  const lists = Array.isArray(node.content) ? node.content.filter((child) => child.tag === 'list') : []
  return lists.flatMap((list) =>
    Array.isArray(list.content)
      ? list.content.map((item) => item.attrs['id']).filter((id) => id !== undefined)
      : [],
  )
}
