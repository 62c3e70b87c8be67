import type { ServerResponse } from 'node:http'

/** Smaller answers are written at once and not counted. */
const minBytes = 16 * 1024
/** Maximum bytes that wait for clients in all. */
const maxBytes = 64 * 2 ** 20

/**
 * Writes answers so that large ones delay no other: one of them in a turn of the event loop, since the kernel takes
 * milliseconds to copy it, and a bounded number of bytes that clients do not take. Beyond it the answer that has waited for
 * longest is cut.
 */
export class WaitingAnswers {
  /** Bytes by answer, the oldest first. */
  private readonly waiting = new Map<ServerResponse, number>()
  private readonly unwritten: (() => void)[] = []
  private bytes = 0

  /** Ends an answer with its body, which has so many bytes. */
  end(res: ServerResponse, body: string | Uint8Array, bytes: number): void {
    if (bytes < minBytes) {
      res.end(body)
      return
    }
    this.count(res, bytes)
    if (this.unwritten.push(() => res.end(body)) === 1) setImmediate(() => this.writeNext())
  }

  private writeNext(): void {
    this.unwritten.shift()?.()
    if (this.unwritten.length > 0) setImmediate(() => this.writeNext())
  }

  private count(res: ServerResponse, bytes: number): void {
    this.waiting.set(res, bytes)
    this.bytes += bytes
    res.once('close', () => this.remove(res))
    for (const oldest of this.waiting.keys()) {
      // One alone may be as large as it is.
      if (this.bytes <= maxBytes || oldest === res) return
      this.remove(oldest)
      oldest.destroy()
    }
  }

  private remove(res: ServerResponse): void {
    this.bytes -= this.waiting.get(res) ?? 0
    this.waiting.delete(res)
  }
}
