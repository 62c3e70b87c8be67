import type { AuthenticationCreds } from '@whiskeysockets/baileys'
import { DEFAULT_CONNECTION_CONFIG, buildPairingQRData } from '@whiskeysockets/baileys'

/** Lives of the first code and of later ones, as in the library (lib/Socket/socket.js) and in whatsmeow (qrchan.go). */
const firstCodeMs = 60_000
const nextCodeMs = 20_000

/** Receives the reports of the codes. */
export interface QrEvents {
  /** Called when the next code replaces the shown one. */
  changed(): void
  /** Called when the last code has expired. */
  ended(): void
}

/**
 * Shows the QR codes of one connection, one after another. Baileys does, too, but it keeps the first secret in all of
 * them and hangs up when they expire; the secret may change, and a passkey needs more time.
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

  /** Returns when the last code, and with it the connection, expires. */
  get end(): Date {
    return new Date(this.lastUntil)
  }

  begin(refs: readonly string[]): void {
    this.refs = [...refs]
    this.lastUntil = Date.now() + firstCodeMs + (refs.length - 1) * nextCodeMs
    this.show(firstCodeMs)
  }

  /** Redraws the code with the new secret; one with the old secret would lead nowhere. */
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
