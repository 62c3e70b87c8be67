/**
 * "WA", protocol 6, dictionary version 3: the header that opens every connection and enters the Noise hash (whatsmeow's
 * socket/constants.go: `WAConnHeader`).
 */
export const introHeader = Buffer.from([0x57, 0x41, 0x06, 0x03])

const routingHeader = Buffer.from([0x45, 0x44, 0x00, 0x01])

/**
 * Splits a client's byte stream into frames: an optional edge-routing block and the intro header once, then frames
 * with a three-byte length. @throws Error if the stream does not begin like a client's
 */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0)
  #introSeen = false

  read(chunk: Buffer): Buffer[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    if (!this.#introSeen && !this.#takeIntro()) return []
    const frames: Buffer[] = []
    while (this.#pending.length >= 3) {
      const end = 3 + this.#pending.readUIntBE(0, 3)
      if (this.#pending.length < end) break
      frames.push(this.#pending.subarray(3, end))
      this.#pending = this.#pending.subarray(end)
    }
    return frames
  }

  #takeIntro(): boolean {
    if (this.#pending.length < 4) return false
    if (this.#pending.subarray(0, 4).equals(routingHeader)) {
      if (this.#pending.length < 7) return false
      const end = 7 + this.#pending.readUIntBE(4, 3)
      if (this.#pending.length < end + 4) return false
      this.#pending = this.#pending.subarray(end)
    }
    if (!this.#pending.subarray(0, 4).equals(introHeader)) throw new Error('Not a WhatsApp client')
    this.#pending = this.#pending.subarray(4)
    this.#introSeen = true
    return true
  }
}

/** Prefixes a payload with its three-byte length. */
export function toFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(3 + payload.length)
  frame.writeUIntBE(payload.length, 0, 3)
  payload.copy(frame, 3)
  return frame
}
