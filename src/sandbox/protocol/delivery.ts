import type { Faults, Withheld } from './faults.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import { bytesOf, children, node, type BinaryNode } from './nodes.ts'

const chunk = 100

/** Counted from the end, a byte inside the MAC of both message types: at most five bytes follow it in a pkmsg. */
const macOffset = 8

/** Delivers stanzas to companions, now or at the next login. */
export class Delivery {
  readonly #faults: Faults
  readonly #held: { device: LinkedDevice; stanza: BinaryNode }[] = []

  constructor(faults: Faults) {
    this.#faults = faults
  }

  deliver(device: LinkedDevice, original: BinaryNode): void {
    const stanza = original.tag === 'message' ? this.#tamper(original) : original
    device.queue.add(stanza)
    if (stanza.tag !== 'message') return this.#transmit(device, stanza)
    const holds = this.#faults.takeHold()
    if (holds > 0) this.#held.push({ device, stanza })
    if (holds > 1) return
    if (holds === 0) this.#transmit(device, stanza)
    for (const held of this.#held.splice(0).toReversed()) this.#transmit(held.device, held.stanza)
    if (this.#faults.takeTwice()) this.#transmit(device, stanza)
  }

  /** Passes a transient stanza, such as presence or typing; lost if the companion is away. */
  pass(device: LinkedDevice, stanza: BinaryNode): void {
    this.#transmit(device, stanza)
  }

  /** Announces the backlog, which the companion then asks for; without one it is live at once. */
  announceBacklog(device: LinkedDevice): void {
    if (device.queue.size === 0) return this.#endBacklog(device, 0)
    const tags = device.queue.all().map((stanza) => stanza.tag)
    const count = (tag: string) => tags.filter((each) => each === tag).length.toString()
    const preview = node('offline_preview', {
      count: tags.length.toString(),
      message: count('message'),
      receipt: count('receipt'),
      notification: count('notification'),
      appdata: '0',
      call: count('call'),
    })
    device.line?.send(node('ib', { from: 's.whatsapp.net' }, [preview]))
  }

  /** Sends the backlog in order, each stanza as first sent, with the mark `offline`. */
  sendBacklog(device: LinkedDevice, done: () => void): void {
    const { line, live, queue } = device
    if (!line || live) return
    const backlog = queue.all()
    const { end } = queue
    const sendFrom = (start: number): void => {
      if (device.line !== line) return
      for (const stanza of backlog.slice(start, start + chunk)) {
        line.send({ ...stanza, attrs: { ...stanza.attrs, offline: '0' } })
      }
      if (start + chunk < backlog.length) setImmediate(sendFrom, start + chunk)
      else {
        this.#endBacklog(device, backlog.length, end)
        done()
      }
    }
    sendFrom(0)
  }

  #endBacklog(device: LinkedDevice, count: number, end = device.queue.end): void {
    device.line?.send(node('ib', { from: 's.whatsapp.net' }, [node('offline', { count: count.toString() })]))
    device.live = true
    // Later stanzas were held back, so that they do not overtake the backlog.
    for (const stanza of device.queue.since(end)) this.#transmit(device, stanza)
  }

  /** Applies an ordered fault, except to messages of the phone itself, which repairs them. */
  #tamper(stanza: BinaryNode): BinaryNode {
    if (stanza.attrs['category'] !== 'peer') {
      const withheld = this.#faults.takeWithholding()
      if (withheld) return withoutCiphertext(stanza, withheld)
      if (this.#faults.takeSpoiling(stanza.attrs['id'] ?? '')) return corrupted(stanza)
    }
    return this.#faults.takeCorruption() ? corrupted(stanza) : stanza
  }

  #transmit(device: LinkedDevice, stanza: BinaryNode): void {
    if (device.live) device.line?.send(stanza)
  }
}

/** Flips a bit of the MAC. */
function corrupted(stanza: BinaryNode): BinaryNode {
  const content = children(stanza).map((item) => {
    const bytes = item.tag === 'enc' ? bytesOf(item) : undefined
    if (!bytes) return item
    const damaged = Buffer.from(bytes)
    const place = Math.max(0, damaged.length - macOffset)
    damaged[place] = (damaged[place] ?? 0) ^ 1
    return node(item.tag, item.attrs, damaged)
  })
  return node(stanza.tag, stanza.attrs, content)
}

function withoutCiphertext({ tag, attrs }: BinaryNode, how: Withheld): BinaryNode {
  return node(tag, attrs, how.element === 'none' ? undefined : [node('unavailable', { type: how.type })])
}
