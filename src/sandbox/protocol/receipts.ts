import type { Account } from '../people/account.ts'
import type { Correspondence } from '../people/correspondence.ts'
import type { Directory } from '../people/directory.ts'
import type { Faults } from './faults.ts'
import { isGroupJid } from '../groups/group.ts'
import { isSignedBy, signalKey } from './keys.ts'
import type { SentStatus } from '../people/letter.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { Log } from '../log.ts'
import type { MediaRetries } from '../media/media-retries.ts'
import { bytesOf, child, children, node, type BinaryNode } from './nodes.ts'
import { Person } from '../people/person.ts'
import type { Bundle } from './signal-party.ts'

const statusOfType: Record<string, SentStatus> = {
  '': 'delivered',
  inactive: 'inactive',
  read: 'read',
  played: 'played',
}

/** Tells whether the writer is named beside the chat: in groups and broadcasts. */
function inRoom(jid: string | undefined): boolean {
  return isGroupJid(jid) || jid?.endsWith('@broadcast') === true
}

interface Parts {
  readonly directory: Directory
  readonly correspondence: Correspondence
  readonly faults: Faults
  readonly media: Pick<MediaRetries, 'answer'>
  readonly log: Log
}

/** Handles companions' answers to their messages: receipts, retry requests, acks. */
export class Receipts {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  receipt(account: Account, device: LinkedDevice, receipt: BinaryNode): void {
    const { id, to, type } = receipt.attrs
    device.line?.send(node('ack', { class: 'receipt', id, type, from: to }))
    if (type === 'retry') {
      void this.#retry(account, device, receipt)
      return
    }
    if (type === 'server-error') return this.#parts.media.answer(account, device, receipt)
    const settled = device.queue.settle(receipt).map((stanza) => stanza.attrs['id'])
    const listed = children(children(receipt)[0], 'item').map((item) => item.attrs['id'])
    const writer = this.#parts.directory.find(inRoom(to) ? receipt.attrs['participant'] : to)
    const status = statusOfType[type ?? '']
    for (const each of new Set([...settled, id, ...listed])) {
      if (each === undefined) continue
      if (writer instanceof Person && status) writer.sent.settle(each, status)
      else if (type === 'sender' || type === 'peer_msg' || type === 'hist_sync')
        account.sent.settle(each, 'delivered')
    }
  }

  ack(account: Account, device: LinkedDevice, ack: BinaryNode): void {
    const { class: kind, id = '', to, error } = ack.attrs
    // The device refuses the copy that it has just asked for again.
    if (kind === 'message' && device.retrying.delete(id)) return
    device.queue.settle(ack)
    if (kind !== 'message' || error === undefined) return
    this.#parts.log('message_refused_by_device', { id, error })
    const writer = this.#parts.directory.find(inRoom(to) ? ack.attrs['participant'] : to)
    if (writer instanceof Person) writer.sent.settle(id, 'refused')
    else account.sent.settle(id, 'refused')
  }

  async #retry(account: Account, device: LinkedDevice, receipt: BinaryNode): Promise<void> {
    const { id = '', to } = receipt.attrs
    const retry = child(receipt, 'retry')
    const writer = this.#parts.directory.find(inRoom(to) ? receipt.attrs['participant'] : to)
    const sent = (writer instanceof Person ? writer : account).sent.get(id)
    if (!sent?.letter) return
    const count = retry?.attrs['count'] ?? '1'
    if (this.#parts.faults.isSpoilt(id) && Number(count) > 1) return
    const bundle = this.#bundleIn(device, receipt)
    if (!bundle) return
    device.queue.withdraw(id)
    device.retrying.add(id)
    const tasks = writer instanceof Person ? writer.tasks : account.tasks
    await tasks.run(() => this.#parts.correspondence.sendAgain(device, sent, bundle, count))
  }

  /** Returns the keys in the request if they are the device's own; the server's if it has none. */
  #bundleIn(device: LinkedDevice, receipt: BinaryNode): Bundle | undefined {
    const keys = child(receipt, 'keys')
    if (!keys) return device.takeBundle()
    const skey = child(keys, 'skey')
    const publicKey = bytesOf(child(skey, 'value'))
    const signature = bytesOf(child(skey, 'signature'))
    const identity = bytesOf(child(keys, 'identity'))
    const own = identity?.equals(device.identity) ? identity : undefined
    if (!publicKey || !signature || !own || !isSignedBy(own, signalKey(publicKey), signature)) {
      this.#parts.log('retry_keys_refused', { id: receipt.attrs['id'] })
      return undefined
    }
    const key = child(keys, 'key')
    const preKeyValue = bytesOf(child(key, 'value'))
    return {
      registrationId: device.registrationId,
      identity: own,
      signedPreKey: { id: uint(child(skey, 'id')), publicKey, signature },
      preKey: preKeyValue && { id: uint(child(key, 'id')), publicKey: preKeyValue },
    }
  }
}

function uint(item: BinaryNode | undefined): number {
  const bytes = bytesOf(item)
  return bytes?.length ? bytes.readUIntBE(0, bytes.length) : 0
}
