import { downloadAndProcessHistorySyncNotification } from '@whiskeysockets/baileys'
import type { Contact, WASocket, proto } from '@whiskeysockets/baileys'
import { buildMergedTcTokenIndexWrite } from '@whiskeysockets/baileys/lib/Utils/tc-token-utils.js'
import type { AccountId } from '../domain/account.ts'
import type { ContactName } from '../domain/incoming.ts'
import { bareJid, phoneOf } from '../domain/jid.ts'
import type { Inbound } from '../domain/ports.ts'
import { cutText, plainText } from '../util/text.ts'
import { addressOf, fromHistory, nameLength } from './from-whatsapp.ts'

/** Messages of the history that are stored in one transaction: small enough that the API stays quick. */
const pieceSize = 200

type Downloaded = Awaited<ReturnType<typeof downloadAndProcessHistorySyncNotification>>

/**
 * Fetches one chunk of the phone's history and stores it. We do it in place of Baileys, so that the notification stays in the
 * journal until everything in it is on the disk.
 */
export async function importHistory(
  sock: Pick<WASocket, 'signalRepository' | 'authState'>,
  to: { accountId: AccountId; inbound: Inbound },
  notification: proto.Message.IHistorySyncNotification,
): Promise<number> {
  const chunk = await downloadAndProcessHistorySyncNotification(notification, {})
  if (chunk.lidPnMappings?.length)
    await sock.signalRepository.lidMapping.storeLIDPNMappings(chunk.lidPnMappings)
  await storePrivacyTokens(sock, chunk.chats)
  const names = chunk.contacts.map(contactName).filter((name) => name !== undefined)
  for (const piece of pieces(names)) await to.inbound.names(to.accountId, piece)
  const addresses = mappedAddresses(chunk)
  const own = sock.authState.creds.me
  const me = own && { id: own.id, lid: own.lid ?? '' }
  for (const piece of pieces(chunk.messages)) {
    const messages = piece.flatMap((message) => fromHistory(message, me))
    for (const { chat } of messages) {
      chat.phone ??= addresses.get(chat.lid ?? '') ?? null
      chat.lid ??= addresses.get(chat.phone ?? '') ?? null
    }
    await to.inbound.messages(to.accountId, messages)
  }
  return chunk.messages.length
}

/** A name from the address book or a push name; undefined for nameless contacts and for what is no person. */
export function contactName(contact: Contact | Partial<Contact>): ContactName | undefined {
  if (!contact.id) return undefined
  const alt = contact.id.endsWith('@lid') ? contact.phoneNumber : contact.lid
  const chat = addressOf({ remoteJid: contact.id, ...(alt === undefined ? {} : { remoteJidAlt: alt }) })
  const name = nameOf(contact.name)
  const pushName = nameOf(contact.notify)
  if (!chat || chat.kind !== 'person' || (name === null && pushName === null)) return undefined
  return { chat, name, pushName }
}

function nameOf(name: unknown): string | null {
  return cutText(plainText(name), nameLength).trim() || null
}

/** Phone digits by LID jid, and the other way round. */
function mappedAddresses(chunk: Downloaded): Map<string, string> {
  const addresses = new Map<string, string>()
  for (const { lid, pn } of chunk.lidPnMappings ?? []) {
    const digits = phoneOf(bareJid(pn))
    if (digits === null) continue
    addresses.set(bareJid(lid), digits)
    addresses.set(digits, bareJid(lid))
  }
  return addresses
}

/** Tokens with which WhatsApp lets an account write to people it knows; without them such sends may be refused with 463. */
async function storePrivacyTokens(
  sock: Pick<WASocket, 'signalRepository' | 'authState'>,
  chats: Downloaded['chats'],
): Promise<void> {
  const entries: Record<string, { token: Buffer; timestamp: string; senderTimestamp?: number }> = {}
  for (const chat of chats) {
    const timestamp = Number(chat.tcTokenTimestamp ?? 0)
    if (!chat.id || !chat.tcToken?.length || timestamp <= 0) continue
    const jid = chat.id.endsWith('@lid')
      ? chat.id
      : await sock.signalRepository.lidMapping.getLIDForPN(chat.id)
    const senderTimestamp = Number(chat.tcTokenSenderTimestamp ?? 0)
    entries[jid ?? chat.id] = {
      token: Buffer.from(chat.tcToken),
      timestamp: String(timestamp),
      ...(senderTimestamp > 0 ? { senderTimestamp } : {}),
    }
  }
  if (Object.keys(entries).length === 0) return
  const { keys } = sock.authState
  const index = await buildMergedTcTokenIndexWrite(keys, Object.keys(entries))
  await keys.set({ tctoken: { ...entries, ...index } })
}

function* pieces<T>(items: readonly T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += pieceSize) yield items.slice(from, from + pieceSize)
}
