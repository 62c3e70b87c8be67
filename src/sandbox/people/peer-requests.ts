import { proto } from '@whiskeysockets/baileys'
import type { Account } from './account.ts'
import type { Correspondence } from './correspondence.ts'
import type { Directory } from './directory.ts'
import type { Faults } from '../protocol/faults.ts'
import type { HistorySync } from './history.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { Log } from '../log.ts'
import { openMessage } from './letter.ts'

const { Type } = proto.Message.ProtocolMessage
const { PeerDataOperationRequestType } = proto.Message

interface Parts {
  readonly directory: Directory
  readonly history: HistorySync
  readonly correspondence: Correspondence
  readonly faults: Faults
  readonly log: Log
}

/** Answers companions' requests to their phone: older messages, and messages they could not read. */
export class PeerRequests {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  handle(account: Account, device: LinkedDevice, id: string, message: proto.IMessage): void {
    const { faults, history, log } = this.#parts
    const request = message.protocolMessage?.peerDataOperationRequestMessage
    const type = request?.peerDataOperationRequestType
    if (faults.takePhoneSilence()) return log('peer_request_unanswered', { type })
    const older = request?.historySyncOnDemandRequest
    const unread = request?.placeholderMessageResendRequest ?? []
    if (older?.chatJid) {
      const before = Number(older.oldestMsgTimestampMs ?? 0)
      const count = older.onDemandMsgCount ?? 50
      void history.sendOlder(account, device, { id, chatJid: older.chatJid, before, count })
    } else if (unread.length > 0) {
      void this.#resend(account, device, { id, keys: unread.map(({ messageKey }) => messageKey ?? {}) })
    } else log('peer_request_ignored', { type })
  }

  /** Sends a message as it is on the phone; a missing one is left out of the result. */
  async #resend(
    account: Account,
    device: LinkedDevice,
    request: { id: string; keys: proto.IMessageKey[] },
  ): Promise<void> {
    const results = request.keys.map((key) => {
      const found = this.#find(account, key)
      if (!found) this.#parts.log('message_not_on_phone', { id: key.id })
      const webMessageInfoBytes = found && proto.WebMessageInfo.encode(found).finish()
      return webMessageInfoBytes ? { placeholderMessageResendResponse: { webMessageInfoBytes } } : {}
    })
    const peerDataOperationRequestResponseMessage = {
      peerDataOperationRequestType: PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND,
      stanzaId: request.id,
      peerDataOperationResult: results,
    }
    const type = Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE
    await this.#parts.correspondence.sendPeer(account, device, {
      protocolMessage: { type, peerDataOperationRequestResponseMessage },
    })
  }

  #find(account: Account, key: proto.IMessageKey): proto.WebMessageInfo | undefined {
    const { id, remoteJid, fromMe, participant } = key
    if (!id || !remoteJid) return undefined
    const writer = fromMe ? account : this.#parts.directory.find(participant ?? remoteJid)
    const sent = writer?.sent.get(id)
    const message = account.inbox.find(id)?.message ?? openMessage(sent?.letter)
    if (!message) return undefined
    const sentAt = sent?.sentAt ?? account.inbox.find(id)?.timestamp ?? Date.now()
    return proto.WebMessageInfo.fromObject({
      key: { remoteJid, fromMe: fromMe ?? false, id, ...(participant ? { participant } : {}) },
      messageTimestamp: Math.floor(sentAt / 1000),
      message,
      ...(writer ? { pushName: writer.name } : {}),
      ...(participant ? { participant } : {}),
    })
  }
}
