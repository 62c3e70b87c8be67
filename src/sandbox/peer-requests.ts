import type { proto } from '@whiskeysockets/baileys'
import type { Account } from './account.ts'
import type { HistorySync } from './history.ts'
import type { LinkedDevice } from './linked-device.ts'
import type { Log } from './log.ts'

/** Answers what companions ask of their phone. Only requests for older messages have an answer. */
export class PeerRequests {
  readonly #history: HistorySync
  readonly #log: Log

  constructor(history: HistorySync, log: Log) {
    this.#history = history
    this.#log = log
  }

  handle(account: Account, device: LinkedDevice, id: string, message: proto.IMessage): void {
    const request = message.protocolMessage?.peerDataOperationRequestMessage
    const older = request?.historySyncOnDemandRequest
    if (!older?.chatJid)
      return this.#log('peer_request_ignored', { type: request?.peerDataOperationRequestType })
    const before = Number(older.oldestMsgTimestampMs ?? 0)
    const count = older.onDemandMsgCount ?? 50
    void this.#history.sendOlder(account, device, { id, chatJid: older.chatJid, before, count })
  }
}
