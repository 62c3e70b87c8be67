import { readUsername } from '../../core/username.ts'
import { proto, processHistoryMessage } from '@whiskeysockets/baileys'
import type { Contact, WASocket } from '@whiskeysockets/baileys'
import { buildMergedTcTokenIndexWrite } from '../baileys-internals.ts'
import type { AccountId } from '../../core/ids.ts'
import type { HistoryDone } from '../../core/messages/history.ts'
import type { ContactName, Incoming, IncomingChange, LidMapping } from '../../core/messages/incoming.ts'
import { lidAndPhone } from '../../core/jid.ts'
import type { Inbound } from '../../core/ports.ts'
import { oneLine } from '../../util/text.ts'
import { maxTimerSeconds, momentOf, numberWithin } from '../content/checked.ts'
import { addressOf, fromHistory, nameLength } from '../messages/from-whatsapp.ts'
import { historyContent } from './history-file.ts'
import type { HistorySource } from './history-file.ts'
import { storeMappings } from '../messages/mappings.ts'
import { fieldsOf, protobufFields } from '../messages/protobuf-fields.ts'

/** The size of a transaction that keeps the API responsive: a name costs more, since it may create a customer. */
const pieceSizes = { messages: 50, names: 20, pairs: 500 }
/** Messages of one chat decoded at once: a chat may have tens of thousands. */
const decodeBatchSize = 50
/** The fields that are read, of a history and of a chat in it. */
const fields = { chat: 2, pushName: 7, mapping: 15 }
const messageField = 2
/** Maximum bytes of a chat besides its messages: mostly names and keys of a large group's members. */
const maxAboutChat = 1024 * 1024

const { HistorySyncType } = proto.Message
/** Parts of one history, which state its progress; names alone and requested messages do not. */
const parts = new Set<unknown>([
  HistorySyncType.INITIAL_BOOTSTRAP,
  HistorySyncType.RECENT,
  HistorySyncType.FULL,
])

type Processed = ReturnType<typeof processHistoryMessage>
type Socket = Pick<WASocket, 'signalRepository' | 'authState'>

/** Says where a history is stored, and its limits. */
export interface HistoryTarget {
  accountId: AccountId
  inbound: Pick<Inbound, 'messages' | 'names' | 'mappings'>
  /** Time at which the phone reported the history: its mappings of numbers are of that time. */
  seenAt: Date
  /** Older messages of a whole history are left out; null takes all. */
  since: Date | null
  /** Nothing in a history is later than this; by default this machine's time. */
  now?: Date
  /** Gets its files; the signal ends the import between two pieces. */
  source: HistorySource
}

/**
 * Fetches one chunk of the phone's history and stores it, chat by chat. Replaces Baileys' import, so that the chunk
 * is kept until everything in it is on disk, and is never in memory as a whole.
 * @throws errors of the download, the inflation or the store; pieces stored by then stay
 */
export async function importHistory(
  sock: Socket,
  to: HistoryTarget,
  notification: proto.Message.IHistorySyncNotification,
): Promise<HistoryDone> {
  const importing = new Importing(sock, to, notification.syncType)
  const { signal } = to.source
  for await (const { number, content } of protobufFields(historyContent(notification, to.source))) {
    signal.throwIfAborted()
    if (content === null) continue
    if (number === fields.chat) await importing.chat(content, signal)
    if (number === fields.pushName) await importing.pushName(content)
    if (number === fields.mapping) await importing.mapping(content)
  }
  await importing.flush()
  const { messages, isWhole: whole } = importing
  const progress = parts.has(notification.syncType) ? (notification.progress ?? null) : null
  return { messages, whole, progress }
}

/** Holds the part of a chunk that is read and not stored yet. */
class Importing {
  messages = 0
  readonly isWhole: boolean
  private readonly sock: Socket
  private readonly to: HistoryTarget
  private pending: Incoming[] = []
  private names: ContactName[] = []
  private pairs: { lid: string; pn: string }[] = []
  private chats: Processed['chats'] = []

  constructor(sock: Socket, to: HistoryTarget, syncType: proto.Message.HistorySyncType | null | undefined) {
    this.sock = sock
    this.to = to
    this.isWhole = syncType === HistorySyncType.FULL
  }

  async chat(bytes: Buffer, signal: AbortSignal): Promise<void> {
    const about = aboutChat(bytes)
    let messages: Buffer[] = []
    let isFirst = true
    const take = async () => {
      signal.throwIfAborted()
      const chat = proto.Conversation.decode(Buffer.concat([about, ...messages]))
      messages = []
      await this.take(chat, isFirst)
      isFirst = false
    }
    for (const { number, whole } of fieldsOf(bytes)) {
      if (number === messageField && messages.push(whole) >= decodeBatchSize) await take()
    }
    if (isFirst || messages.length > 0) await take()
  }

  async pushName(bytes: Buffer): Promise<void> {
    const { id, pushname } = proto.Pushname.decode(bytes)
    await this.name(contactName({ id: id ?? '', notify: pushname ?? '' }))
  }

  async mapping(bytes: Buffer): Promise<void> {
    const { lidJid: lid, pnJid: pn } = proto.PhoneNumberToLIDMapping.decode(bytes)
    if (lid && pn && this.pairs.push({ lid, pn }) >= pieceSizes.pairs) await this.flush()
  }

  private async name(name: ContactName | undefined): Promise<void> {
    if (name && this.names.push(name) >= pieceSizes.names) await this.flush()
  }

  /** Takes some messages of a chat, the first time with the chat's own settings. */
  private async take(chat: proto.IConversation, isFirst: boolean): Promise<void> {
    const syncType = proto.HistorySync.HistorySyncType.RECENT
    const read = processHistoryMessage(proto.HistorySync.create({ conversations: [chat], syncType }))
    if (isFirst || !(chat.pnJid ?? chat.lidJid)) this.pairs.push(...(read.lidPnMappings ?? []))
    if (isFirst) {
      this.chats.push(...read.chats.filter(({ tcToken }) => tcToken?.length))
      for (const contact of read.contacts) await this.name(contactName(contact))
    }
    const addresses = mappedAddresses(read)
    const own = this.sock.authState.creds.me
    const me = own && { id: own.id, lid: own.lid ?? '' }
    for (const message of read.messages) {
      if (this.isTooOld(new Date(Number(message.messageTimestamp ?? 0) * 1000))) continue
      for (const incoming of fromHistory(message, me, this.to.now)) {
        await this.store(incoming, addresses)
      }
      this.messages++
    }
    // After the first messages, which create the chat.
    const timer = isFirst ? timerOf(chat, this.to.seenAt) : undefined
    if (timer) await this.store(timer, addresses)
  }

  private async store(incoming: Incoming, addresses: ReadonlyMap<string, string>): Promise<void> {
    const { chat } = incoming
    chat.phone ??= addresses.get(chat.lid ?? '') ?? null
    chat.lid ??= addresses.get(chat.phone ?? '') ?? null
    if (this.pending.push(incoming) >= pieceSizes.messages) await this.flush()
  }

  /** Stores the messages, names and mappings read so far. Names come first, so that a chat starts with its name. */
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
    // Ours first, then the library's, each in suitable pieces.
    await storeMappings(this.to, pairs.flatMap(mappingOf), this.to.seenAt)
    if (pairs.length > 0) await this.sock.signalRepository.lidMapping.storeLIDPNMappings(pairs)
    await storePrivacyTokens(this.sock, chats)
    await nextTurn()
  }

  /**
   * Tells whether a message of a whole history is too old; requested messages and the last months are always taken.
   */
  private isTooOld(sentAt: Date): boolean {
    return this.isWhole && this.to.since !== null && sentAt < this.to.since
  }
}

/** Reads a one-to-one chat's timer; groups announce theirs. */
function timerOf(
  { id, ephemeralExpiration, ephemeralSettingTimestamp }: proto.IConversation,
  seenAt: Date,
): IncomingChange | undefined {
  const chat = addressOf({ remoteJid: id ?? '' })
  const seconds = numberWithin(ephemeralExpiration, 1, maxTimerSeconds)
  if (chat?.kind !== 'person' || seconds === undefined) return undefined
  const at = momentOf(Number(ephemeralSettingTimestamp ?? 0) * 1000) ?? seenAt
  const change = { kind: 'timer', seconds } as const
  return { chat, waId: '', fromMe: false, by: [], at, origin: 'history', change }
}

/** Collects a chat's own fields, without its messages. @throws Error if they are longer than any chat's */
function aboutChat(bytes: Buffer): Buffer {
  const about: Buffer[] = []
  let length = 0
  for (const { number, whole } of fieldsOf(bytes)) {
    if (number === messageField) continue
    about.push(whole)
    length += whole.length
    if (length > maxAboutChat) throw new Error('the fields of a chat are too large')
  }
  return Buffer.concat(about)
}

/** Lets waiting requests go first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Reads a name from the address book, or a push name; undefined for nameless contacts and other jids. */
export function contactName(contact: Contact | Partial<Contact>): ContactName | undefined {
  if (!contact.id) return undefined
  const alt = contact.id.endsWith('@lid') ? contact.phoneNumber : contact.lid
  const chat = addressOf({ remoteJid: contact.id, ...(alt === undefined ? {} : { remoteJidAlt: alt }) })
  const name = nameOf(contact.name)
  const pushName = nameOf(contact.notify)
  const username = readUsername(contact.username)
  if (!chat || chat.kind !== 'person') return undefined
  if (name === null && pushName === null && username === undefined) return undefined
  return { chat, name, pushName, ...(username === undefined ? {} : { username }) }
}

function nameOf(name: unknown): string | null {
  return oneLine(name, nameLength) || null
}

function mappingOf({ lid, pn }: { lid: string; pn: string }): LidMapping[] {
  const mapping = lidAndPhone(lid, pn)
  return mapping ? [mapping] : []
}

/** Returns the mappings of address book entries with both LID and number, also of nameless ones. */
export function contactMappings(contacts: readonly Partial<Contact>[]): LidMapping[] {
  return contacts
    .map(({ id, lid, phoneNumber }) => lidAndPhone(id, id?.endsWith('@lid') ? phoneNumber : lid))
    .filter((mapping) => mapping !== undefined)
}

/** Maps LID jids to phone digits and vice versa. */
function mappedAddresses(read: Processed): Map<string, string> {
  const addresses = new Map<string, string>()
  for (const { lid, phone } of (read.lidPnMappings ?? []).flatMap(mappingOf)) {
    addresses.set(lid, phone)
    addresses.set(phone, lid)
  }
  return addresses
}

/**
 * Stores the tokens with which WhatsApp lets an account write to people it knows; without them such sends may be refused with
 * 463 (Baileys' lib/Utils/decode-wa-message.js: `MessageAccountRestriction`).
 */
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
