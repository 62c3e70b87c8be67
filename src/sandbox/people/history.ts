import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys'
import type { Account, HistoryChat } from './account.ts'
import type { Correspondence } from './correspondence.ts'
import type { Directory } from './directory.ts'
import { newMessageId } from '../protocol/ids.ts'
import { lidJid, pnJid } from '../protocol/jids.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { PhoneMedia } from '../media/phone-media.ts'
import type { Person } from './person.ts'

const { HistorySyncType } = proto.HistorySync
const { Type } = proto.Message.ProtocolMessage
const messagesPerChunk = 500
const dayMs = 24 * 60 * 60_000
/** Days of history that phones send if the companion states no wish (observed on the wire). */
const usualDays = 365
/** Days of recent history, which a companion gets again with the whole history. */
const recentDays = 90

/** Sends a phone's keys, chats and people's names to a companion after its first login. */
export class HistorySync {
  readonly #directory: Directory
  readonly #correspondence: Correspondence
  readonly #media: PhoneMedia

  constructor(directory: Directory, correspondence: Correspondence, media: PhoneMedia) {
    this.#directory = directory
    this.#correspondence = correspondence
    this.#media = media
  }

  /**
   * Sends in the usual order: key, first chats, names, the recent messages in chunks, and all of them once more if
   * the companion asked for the whole history. A client waits for the first. Without that wish everything counts as
   * recent.
   */
  async send(account: Account, device: LinkedDevice): Promise<void> {
    const chats = account.history.map((chat) => ({
      ...chat,
      messages: chat.messages.filter((each) => !each.onDemand),
    }))
    const people = [...this.#directory.people.values()]
    await this.#correspondence.sendPeer(account, device, keyShare(account))
    const first = chats.map((chat) => ({ ...chat, messages: newestFirst(chat).slice(0, 1) }))
    await this.#sync(account, device, {
      syncType: HistorySyncType.INITIAL_BOOTSTRAP,
      conversations: first.map((chat) => this.#conversation(account, chat)),
      phoneNumberToLidMappings: people.filter(({ disclosed }) => disclosed).map(mapping),
      progress: 0,
    })
    const pushnames = people.map((person) => ({ id: pnJid(person.number), pushname: person.name }))
    await this.#sync(account, device, { syncType: HistorySyncType.PUSH_NAME, pushnames })
    const { whole, days = usualDays } = device.history
    await this.#part(account, device, HistorySyncType.RECENT, whole ? since(chats, recentDays) : chats)
    if (!whole) return
    const all = account.historyLimit === 'obeyed' ? since(chats, days) : chats
    await this.#part(account, device, HistorySyncType.FULL, all)
  }

  async #part(
    account: Account,
    device: LinkedDevice,
    syncType: proto.HistorySync.HistorySyncType,
    chats: HistoryChat[],
  ): Promise<void> {
    const people = [...this.#directory.people.values()]
    const chunks = inChunks(chats)
    for (const [index, chunk] of chunks.entries()) {
      await this.#sync(account, device, {
        syncType,
        chunkOrder: index + 1,
        progress: Math.round(((index + 1) * 100) / chunks.length),
        conversations: chunk.map((chat) => this.#conversation(account, chat)),
        phoneNumberToLidMappings: people.filter(({ disclosed }) => disclosed).map(mapping),
      })
    }
  }

  /** Sends older messages of one chat, which a companion asked for. */
  async sendOlder(account: Account, device: LinkedDevice, request: OlderRequest): Promise<void> {
    const chats = account.history.filter((chat) => {
      const person = this.#directory.findNumber(chat.with)
      return person && (pnJid(person.number) === request.chatJid || lidJid(person.lid) === request.chatJid)
    })
    const older = chats.map((chat) => ({
      ...chat,
      messages: newestFirst(chat)
        .filter((message) => message.timestamp < request.before)
        .slice(0, request.count),
    }))
    const conversations = older.map((chat) => this.#conversation(account, chat))
    await this.#sync(account, device, { syncType: HistorySyncType.ON_DEMAND, conversations }, request.id)
  }

  async #sync(
    account: Account,
    device: LinkedDevice,
    sync: proto.IHistorySync,
    session?: string,
  ): Promise<void> {
    const encoded = proto.HistorySync.encode(proto.HistorySync.fromObject(sync)).finish()
    const historySyncNotification = {
      syncType: sync.syncType as unknown as proto.Message.HistorySyncType,
      ...(await this.#payload(account, deflateSync(encoded))),
      ...(sync.chunkOrder ? { chunkOrder: sync.chunkOrder } : {}),
      ...(sync.progress === undefined ? {} : { progress: sync.progress }),
      ...(session === undefined ? {} : { peerDataRequestSessionId: session }),
    }
    const protocolMessage = { type: Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification }
    await this.#correspondence.sendPeer(account, device, { protocolMessage })
  }

  /** Puts the history into the message itself, or as a file on the media host. */
  async #payload(account: Account, deflated: Buffer): Promise<proto.Message.IHistorySyncNotification> {
    if (account.historyBy === 'message') return { initialHistBootstrapInlinePayload: deflated }
    const file = await this.#media.upload([deflated], 'md-app-state', 'md-msg-hist')
    const { directPath, mediaKey, fileSha256, fileEncSha256, fileLength } = file
    return { directPath, mediaKey, fileSha256, fileEncSha256, fileLength }
  }

  #conversation(account: Account, chat: HistoryChat): proto.IConversation {
    const person = this.#directory.person(chat.with, chat.name === undefined ? {} : { name: chat.name })
    const id = person.jid(chat.addressing ?? 'pn')
    const messages = newestFirst(chat)
    return {
      id,
      name: person.name,
      ...(person.disclosed ? { pnJid: pnJid(person.number), lidJid: lidJid(person.lid) } : {}),
      unreadCount: chat.unread ?? 0,
      conversationTimestamp: Math.floor((messages[0]?.timestamp ?? 0) / 1000),
      messages: messages.map(({ id: messageId = newMessageId(), fromMe, text, timestamp }) => ({
        message: {
          key: { remoteJid: id, fromMe, id: messageId },
          messageTimestamp: Math.floor(timestamp / 1000),
          message: { conversation: text },
          status: fromMe ? proto.WebMessageInfo.Status.READ : proto.WebMessageInfo.Status.DELIVERY_ACK,
          pushName: fromMe ? account.name : person.name,
        },
      })),
    }
  }
}

/** Holds a companion's request for older messages. */
export interface OlderRequest {
  /** The id of the request, which the answer repeats. */
  readonly id: string
  readonly chatJid: string
  readonly before: number
  readonly count: number
}

/** Builds the key share, without which a client can neither read nor write app state. */
function keyShare({ appStateKey }: Account): proto.IMessage {
  const key = {
    keyId: { keyId: appStateKey.id },
    keyData: {
      keyData: appStateKey.data,
      fingerprint: { rawId: 1, currentIndex: 1, deviceIndexes: [0] },
      timestamp: Date.now(),
    },
  }
  return { protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [key] } } }
}

function mapping({ number, lid }: Person): proto.IPhoneNumberToLIDMapping {
  return { pnJid: pnJid(number), lidJid: lidJid(lid) }
}

/** Returns the messages of the last `days`, without empty chats. */
function since(chats: HistoryChat[], days: number): HistoryChat[] {
  const from = Date.now() - days * dayMs
  return chats
    .map((chat) => ({ ...chat, messages: chat.messages.filter(({ timestamp }) => timestamp >= from) }))
    .filter(({ messages }) => messages.length > 0)
}

function newestFirst({ messages }: HistoryChat) {
  return messages.toSorted((a, b) => b.timestamp - a.timestamp)
}

/** Splits chats into at least one chunk, so that the client learns that it has everything. */
function inChunks(chats: HistoryChat[]): HistoryChat[][] {
  const chunks: HistoryChat[][] = [[]]
  let count = 0
  for (const chat of chats) {
    if (count >= messagesPerChunk) {
      chunks.push([])
      count = 0
    }
    chunks.at(-1)?.push(chat)
    count += chat.messages.length
  }
  return chunks
}
