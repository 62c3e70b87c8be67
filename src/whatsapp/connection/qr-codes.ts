import type { AuthenticationCreds } from '@whiskeysockets/baileys'
import { DEFAULT_CONNECTION_CONFIG, buildPairingQRData } from '@whiskeysockets/baileys'

/** WhatsApp gives the first code a minute and the others 20 s. */
const firstCodeMs = 60_000
const nextCodeMs = 20_000

export interface QrEvents {
  /** Another code is to be shown. */
  changed(): void
  /** The last one has run out. */
  ended(): void
}

/**
 * The codes to scan of one connection, one after the other. Baileys shows them, too, but it keeps the secret of the
 * first moment in all of them and hangs up when they run out; the secret may change, and a passkey needs more time.
 */
export class QrCodes {
  private readonly creds: AuthenticationCreds
  private readonly events: QrEvents
  private refs: string[] = []
  private timer: NodeJS.Timeout | undefined
  private shown: { qr: string; until: Date } | undefined
  private lastUntil = 0

  constructor(creds: AuthenticationCreds, events: QrEvents) {
    this.creds = creds
    this.events = events
  }

  get current(): { qr: string; until: Date } | undefined {
    return this.shown
  }

  /** When the last code, and with it the connection, runs out. */
  get end(): Date {
    return new Date(this.lastUntil)
  }

  begin(refs: readonly string[]): void {
    this.refs = [...refs]
    this.lastUntil = Date.now() + firstCodeMs + (refs.length - 1) * nextCodeMs
    this.show(firstCodeMs)
  }

  /** The secret has changed: a code that was drawn with the old one leads nowhere. */
  refresh(): void {
    const [ref] = this.refs
    if (this.shown === undefined || ref === undefined) return
    const qr = this.draw(ref)
    if (qr === this.shown.qr) return
    this.shown = { ...this.shown, qr }
    this.events.changed()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.shown = undefined
  }

  private show(lifeMs: number): void {
    const [ref] = this.refs
    if (ref === undefined) {
      this.shown = undefined
      return this.events.ended()
    }
    this.shown = { qr: this.draw(ref), until: new Date(Date.now() + lifeMs) }
    this.timer = setTimeout(() => {
      this.refs.shift()
      this.show(nextCodeMs)
    }, lifeMs)
    this.events.changed()
  }

  private draw(ref: string): string {
    const { noiseKey, signedIdentityKey, advSecretKey } = this.creds
    const [noise, identity] = [noiseKey, signedIdentityKey].map((key) =>
      Buffer.from(key.public).toString('base64'),
    )
    return buildPairingQRData(
      ref,
      noise ?? '',
      identity ?? '',
      advSecretKey,
      DEFAULT_CONNECTION_CONFIG.browser,
    )
  }
}
