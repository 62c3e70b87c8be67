import { createInflate } from 'node:zlib'
import { Readable } from 'node:stream'
import { downloadContentFromMessage, proto, processHistoryMessage } from '@whiskeysockets/baileys'
import type { Contact, WASocket } from '@whiskeysockets/baileys'
import { buildMergedTcTokenIndexWrite } from '@whiskeysockets/baileys/lib/Utils/tc-token-utils.js'
import type { AccountId } from '../domain/account.ts'
import type { HistoryDone } from '../domain/history.ts'
import type { ContactName, Incoming, LidMapping } from '../domain/incoming.ts'
import { lidAndPhone } from '../domain/jid.ts'
import type { Inbound } from '../domain/ports.ts'
import { cutText, plainText } from '../util/text.ts'
import { addressOf, fromHistory, nameLength } from './from-whatsapp.ts'
import { storeMappings } from './mappings.ts'
import { protobufFields } from './protobuf-fields.ts'

/** So much of the history is stored in one transaction that the API stays quick: a name costs more, it may make a customer. */
const pieceSizes = { messages: 50, names: 20 }
/** So much of a history is read at most, inflated: beyond that it is a bomb. */
const inflatedLimit = 2 * 1024 * 1024 * 1024
/** The field of a history that holds its chats, one each. */
const conversationsField = 2

type Processed = ReturnType<typeof processHistoryMessage>
type Socket = Pick<WASocket, 'signalRepository' | 'authState'>

export interface HistoryTarget {
  accountId: AccountId
  inbound: Pick<Inbound, 'messages' | 'names' | 'mappings'>
  /** When the phone told of the history: whose number was whose then. */
  seenAt: Date
  /** Of a whole history, older messages are left out; null takes all. */
  since: Date | null
  /** Ends the import between two chats. */
  signal?: AbortSignal
}

/**
 * Fetches one chunk of the phone's history and stores it, chat by chat. We do it in place of Baileys, so that the chunk is kept
 * until everything in it is on the disk, and is never in memory as a whole.
 * @throws whatever the download, the inflation or the store throws; what is stored until then is stored
 */
export async function importHistory(
  sock: Socket,
  to: HistoryTarget,
  notification: proto.Message.IHistorySyncNotification,
): Promise<HistoryDone> {
  const importing = new Importing(sock, to, notification.syncType)
  const others: Buffer[] = []
  for await (const { number, whole, content } of protobufFields(await inflated(notification))) {
    to.signal?.throwIfAborted()
    if (number === conversationsField && content)
      await importing.take({ conversations: [proto.Conversation.decode(content)] })
    else others.push(Buffer.from(whole))
  }
  const { pushnames, phoneNumberToLidMappings } = proto.HistorySync.decode(Buffer.concat(others))
  await importing.take({ pushnames, phoneNumberToLidMappings })
  await importing.flush()
  return { messages: importing.messages, progress: notification.progress ?? null }
}

async function inflated(
  notification: proto.Message.IHistorySyncNotification,
): Promise<AsyncIterable<Buffer>> {
  const inline = notification.initialHistBootstrapInlinePayload
  const deflated = inline
    ? Readable.from([Buffer.from(inline)], { objectMode: false })
    : await downloadContentFromMessage(notification, 'md-msg-hist', {})
  const inflate = createInflate({ maxOutputLength: inflatedLimit })
  deflated.on('error', (error) => inflate.destroy(error))
  return deflated.pipe(inflate) as AsyncIterable<Buffer>
}

/** What has been read of a chunk and is not stored yet. */
class Importing {
  messages = 0
  private readonly sock: Socket
  private readonly to: HistoryTarget
  private readonly isWhole: boolean
  private pending: Incoming[] = []
  private names: ContactName[] = []
  private pairs: { lid: string; pn: string }[] = []
  private chats: Processed['chats'] = []

  constructor(sock: Socket, to: HistoryTarget, syncType: proto.Message.HistorySyncType | null | undefined) {
    this.sock = sock
    this.to = to
    this.isWhole = syncType === proto.Message.HistorySyncType.FULL
  }

  async take(part: Partial<proto.IHistorySync>): Promise<void> {
    const types = proto.HistorySync.HistorySyncType
    const syncType = part.pushnames?.length ? types.PUSH_NAME : types.RECENT
    const read = processHistoryMessage(proto.HistorySync.create({ ...part, syncType }))
    this.pairs.push(...(read.lidPnMappings ?? []))
    this.chats.push(...read.chats.filter((chat) => chat.tcToken?.length))
    for (const contact of read.contacts) {
      const name = contactName(contact)
      if (name && this.names.push(name) >= pieceSizes.names) await this.flush()
    }
    if (read.messages.length === 0) return
    const addresses = mappedAddresses(read)
    const own = this.sock.authState.creds.me
    const me = own && { id: own.id, lid: own.lid ?? '' }
    for (const message of read.messages) {
      if (this.isTooOld(new Date(Number(message.messageTimestamp ?? 0) * 1000))) continue
      for (const incoming of fromHistory(message, me)) {
        const { chat } = incoming
        chat.phone ??= addresses.get(chat.lid ?? '') ?? null
        chat.lid ??= addresses.get(chat.phone ?? '') ?? null
        if (this.pending.push(incoming) >= pieceSizes.messages) await this.flush()
      }
      this.messages++
    }
  }

  /** Stores what has come together. Names first: a chat begins with the name that it is to have. */
  async flush(): Promise<void> {
    const { accountId, inbound } = this.to
    const [names, messages, pairs, chats] = [this.names, this.pending, this.pairs, this.chats]
    this.names = []
    this.pending = []
    this.pairs = []
    this.chats = []
    if (names.length > 0) {
      await inbound.names(accountId, names)
      await nextTurn()
    }
    if (messages.length > 0) await inbound.messages(accountId, messages)
    // One after the other for the product and for the library, each in the pieces that suit it.
    await storeMappings(this.to, pairs.flatMap(mappingOf), this.to.seenAt)
    if (pairs.length > 0) await this.sock.signalRepository.lidMapping.storeLIDPNMappings(pairs)
    await storePrivacyTokens(this.sock, chats)
    await nextTurn()
  }

  /** What was asked for by hand is always taken, and so are the last months; a whole history may go back for years. */
  private isTooOld(sentAt: Date): boolean {
    return this.isWhole && this.to.since !== null && sentAt < this.to.since
  }
}

/** Requests that came in meanwhile go first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
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

function mappingOf({ lid, pn }: { lid: string; pn: string }): LidMapping[] {
  const mapping = lidAndPhone(lid, pn)
  return mapping ? [mapping] : []
}

/** Which LID has which number, as far as entries of the address book name both; also of those without a name. */
export function contactMappings(contacts: readonly Partial<Contact>[]): LidMapping[] {
  return contacts
    .map(({ id, lid, phoneNumber }) => lidAndPhone(id, id?.endsWith('@lid') ? phoneNumber : lid))
    .filter((mapping) => mapping !== undefined)
}

/** Phone digits by LID jid, and the other way round. */
function mappedAddresses(read: Processed): Map<string, string> {
  const addresses = new Map<string, string>()
  for (const { lid, phone } of (read.lidPnMappings ?? []).flatMap(mappingOf)) {
    addresses.set(lid, phone)
    addresses.set(phone, lid)
  }
  return addresses
}

/** Tokens with which WhatsApp lets an account write to people it knows; without them such sends may be refused with 463. */
async function storePrivacyTokens(sock: Socket, chats: Processed['chats']): Promise<void> {
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
