import { randomBytes } from 'node:crypto'
import { S_WHATSAPP_NET, getBinaryNodeChild, getBinaryNodeChildren } from '@whiskeysockets/baileys'
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys'
import { takeHandlers } from '../baileys-internals.ts'
import type { AccountId } from '../../core/ids.ts'
import type { CloseReason, PairingCode, PairingView } from '../../features/accounts/connection.ts'
import { AppError } from '../../core/errors.ts'
import type { Logger } from '../../util/logger.ts'
import type { AuthState } from '../signal/auth-state.ts'
import { bytesOf } from './nodes.ts'
import { PasskeyLinking } from './passkey.ts'
import type { PasskeyTimes } from './passkey.ts'
import { QrCodes } from './qr-codes.ts'

/** Time limit for the server's answer to the request for a pairing code. */
const answerDeadlineMs = 10_000

/** Holds the parts of a socket that pairing uses. */
export interface PairingParts {
  accountId: AccountId
  sock: WASocket
  auth: AuthState
  passkeyTimes: PasskeyTimes
  log: Logger
}

/** Receives the reports of a pairing. */
export interface PairingEvents {
  /** Called when the owner gets a new code to scan, type or sign. */
  view(view: PairingView): void
  failed(reason: CloseReason): void
}

/**
 * Links the account on an unlinked socket: codes to scan, codes to type, and the server's messages about them. Idle
 * on a socket that logs in.
 */
export class Pairing {
  readonly passkey: PasskeyLinking
  private readonly parts: PairingParts
  private readonly events: PairingEvents
  private readonly codes: QrCodes
  private code: PairingCode | undefined
  private asking: Promise<unknown> = Promise.resolve()
  private giveUp: (() => void) | undefined

  constructor(parts: PairingParts, events: PairingEvents) {
    this.parts = parts
    this.events = events
    this.codes = new QrCodes(parts.auth.creds, {
      changed: () => this.publishView(),
      ended: () => this.events.failed('pairing_expired'),
    })
    this.passkey = new PasskeyLinking(
      {
        accountId: parts.accountId,
        creds: parts.auth.creds,
        query: (node) => parts.sock.query(node),
        replaceSecret: (secret) => this.replaceSecret(secret),
        times: parts.passkeyTimes,
        log: parts.log,
      },
      { changed: () => this.publishView(), failed: (reason) => this.events.failed(reason) },
    )
    this.listen()
  }

  /** Returns how long the codes of this connection remain valid, in milliseconds. */
  get leftMs(): number {
    return this.codes.end.getTime() - Date.now()
  }

  /** Stops showing codes. */
  stop(): void {
    this.codes.stop()
    this.passkey.stop()
    this.giveUp?.()
  }

  /** Requests a code for the phone with this number. If asked twice, the later one counts. @throws AppError */
  requestCode(phone: string): Promise<PairingCode> {
    const answer = this.asking.then(() => this.askForCode(phone))
    this.asking = answer.catch(() => undefined)
    return answer
  }

  private async askForCode(phone: string): Promise<PairingCode> {
    if (this.codes.current === undefined) throw notPairing()
    const { sock, auth } = this.parts
    try {
      const answer = this.answerToHello()
      const [code] = await Promise.all([sock.requestPairingCode(phone), answer])
      this.code = { code: `${code.slice(0, 4)}-${code.slice(4)}`, until: this.codes.end }
    } catch (error) {
      auth.dropUnfinishedPairing()
      throw error instanceof AppError ? error : notPairing(error)
    }
    this.publishView()
    return this.code
  }

  /** Waits for the server's answer to the request, which Baileys does not. */
  private answerToHello(): Promise<void> {
    const { ws } = this.parts.sock
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: AppError) => {
        clearTimeout(timer)
        this.giveUp = undefined
        ws.off('CB:iq,type:result,link_code_companion_reg', given)
        ws.off('CB:iq,type:error', refused)
        if (error) reject(error)
        else resolve()
      }
      const given = () => settle()
      const refused = (node: BinaryNode) => settle(refusal(node))
      const timer = setTimeout(() => settle(notPairing()), answerDeadlineMs)
      this.giveUp = () => settle(notPairing())
      ws.on('CB:iq,type:result,link_code_companion_reg', given)
      ws.on('CB:iq,type:error', refused)
    })
  }

  private listen(): void {
    const { ev, ws } = this.parts.sock
    ws.on('CB:iq,type:set,pair-device', (node: BinaryNode) => {
      const refs = getBinaryNodeChildren(getBinaryNodeChild(node, 'pair-device'), 'ref')
      this.codes.begin(refs.map((ref) => bytesOf(ref)?.toString('utf8') ?? ''))
    })
    // Baileys acknowledges a notification in the name of the linked device and throws before one is linked.
    const handlers = takeHandlers(ws, 'CB:notification')
    ws.on('CB:notification', (node: BinaryNode) => {
      if (!this.takes(node)) handlers.forEach((handle) => handle(node))
    })
    // A phone that sent a wrong pairing code has invalidated the QR codes' secret.
    ev.on('creds.update', () => this.codes.refresh())
  }

  /**
   * Tells whether to handle a notification here: on a socket without an account all of them, except those Baileys
   * must answer.
   */
  private takes(node: BinaryNode): boolean {
    const { creds } = this.parts.auth
    if (creds.account) return false
    const { type } = node.attrs
    const stage = getBinaryNodeChild(node, 'link_code_companion_reg')?.attrs['stage']
    if (type === 'link_code_companion_reg' && stage !== 'refresh_code' && creds.me) return false
    this.acknowledge(node)
    if (type !== undefined) this.handlePairing(type, node)
    return true
  }

  private handlePairing(type: string, node: BinaryNode): void {
    const { log, accountId } = this.parts
    switch (type) {
      case 'companion_reg_refresh':
        // The server retires the references of the QR codes; codes with the old secret would be refused.
        log.info({ account: accountId }, 'WhatsApp asked for new codes')
        if (!this.passkey.begun) this.replaceSecret(randomBytes(32).toString('base64'))
        return
      case 'link_code_companion_reg':
        this.code = undefined
        return this.publishView()
      case 'passkey_prologue_request':
      case 'crsc_continuation':
        if (node.attrs['from'] !== S_WHATSAPP_NET) return
        // From now on no code leads anywhere.
        this.code = undefined
        this.codes.stop()
        this.passkey.take(node)
    }
  }

  private replaceSecret(advSecretKey: string): void {
    this.parts.sock.ev.emit('creds.update', { advSecretKey })
  }

  private acknowledge({ attrs }: BinaryNode): void {
    const { id = '', from = '', type = '' } = attrs
    const ack = { tag: 'ack', attrs: { class: 'notification', id, to: from, type } }
    // A closed socket needs no ack.
    this.parts.sock.sendNode(ack).catch(() => undefined)
  }

  private publishView(): void {
    const { stage } = this.passkey
    if (stage) return this.events.view({ qr: null, until: stage.until, pairingCode: null, passkey: stage })
    const shown = this.codes.current
    if (shown === undefined) return
    this.events.view({ ...shown, pairingCode: this.code?.code ?? null })
  }
}

/** Creates the error for a socket without a pairing under way, also for one that ends meanwhile. */
export function notPairing(cause?: unknown): AppError {
  const say = 'No linking is under way, so no pairing code can be made. Try again in a moment.'
  return new AppError('unavailable', say, cause === undefined ? {} : { cause })
}

function refusal(node: BinaryNode): AppError {
  const { code, text } = getBinaryNodeChild(node, 'error')?.attrs ?? {}
  if (code === '429') {
    return new AppError(
      'rate_limit_exceeded',
      'WhatsApp gives no more pairing codes for now. Try again later.',
    )
  }
  const why = text === undefined ? '' : ` (${text})`
  const message = 'expected the number of the phone to link'
  return new AppError('invalid_request', `WhatsApp gives no pairing code for this number${why}.`, {
    details: [{ field: 'body.phone_number', message }],
  })
}
