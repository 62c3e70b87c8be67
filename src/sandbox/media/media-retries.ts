import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import type { Account } from '../people/account.ts'
import type { Delivery } from '../protocol/delivery.ts'
import type { Directory } from '../people/directory.ts'
import type { Faults } from '../protocol/faults.ts'
import { pnJid } from '../protocol/jids.ts'
import { openMessage } from '../people/letter.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { Log } from '../log.ts'
import { child, node, seconds, type BinaryNode } from '../protocol/nodes.ts'
import { mediaOf, pathOf } from './media-kinds.ts'
import type { MediaStore } from './media-store.ts'

const { ResultType } = proto.MediaRetryNotification

interface Parts {
  readonly directory: Directory
  readonly delivery: Delivery
  readonly store: MediaStore
  readonly faults: Faults
  readonly log: Log
}

/** Lets the phone upload an expired file again when a companion asks for it. */
export class MediaRetries {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  answer(account: Account, device: LinkedDevice, receipt: BinaryNode): void {
    const { faults, delivery, log } = this.#parts
    const { id = '' } = receipt.attrs
    const rmr = child(receipt, 'rmr')
    if (!rmr) return log('media_request_ignored', { id })
    if (faults.takePhoneSilence()) return log('media_request_unanswered', { id })
    const attributes = { from: pnJid(account.number), type: 'mediaretry', id, t: seconds() }
    const sealed = faults.takeMediaLoss() ? undefined : this.#renew(account, id, rmr)
    const lost = node('error', { code: ResultType.NOT_FOUND.toString() })
    const answer = node('notification', attributes, [sealed ?? lost, node('rmr', rmr.attrs)])
    delivery.deliver(device, answer)
  }

  /** Finds the file of an account's message, wherever it is. */
  find(account: Account, id: string, writer?: string) {
    const person = this.#parts.directory.find(writer)
    const message =
      account.inbox.find(id)?.message ??
      openMessage(account.sent.get(id)?.letter ?? person?.sent.get(id)?.letter)
    return message && mediaOf(message)
  }

  #renew(account: Account, id: string, { attrs }: BinaryNode): BinaryNode | undefined {
    const found = this.find(account, id, attrs['participant'] ?? attrs['jid'])
    const mediaKey = found?.file.mediaKey
    const path = found && pathOf(found.file)
    const directPath = path === undefined ? undefined : this.#parts.store.renew(path)
    if (!mediaKey || directPath === undefined) return undefined
    const result = { stanzaId: id, directPath, result: ResultType.SUCCESS }
    return encrypted(mediaKey, id, proto.MediaRetryNotification.encode(result).finish())
  }
}

function encrypted(mediaKey: Uint8Array, id: string, plaintext: Uint8Array): BinaryNode {
  const info = 'WhatsApp Media Retry Notification'
  const key = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), info, 32))
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(id))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return node('encrypt', {}, [node('enc_p', {}, ciphertext), node('enc_iv', {}, iv)])
}
