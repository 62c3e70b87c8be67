import { randomBytes } from 'node:crypto'
import { DEFAULT_CONNECTION_CONFIG, S_WHATSAPP_NET, proto } from '@whiskeysockets/baileys'
import type { AuthenticationCreds, BinaryNode } from '@whiskeysockets/baileys'
import { z } from 'zod'
import type { AccountId } from '../../core/ids.ts'
import type { CloseReason } from '../../features/accounts/connection.ts'
import { AppError } from '../../core/errors.ts'
import { faultOfAssertion, isSameCode } from '../../features/accounts/passkey.ts'
import type { PasskeyAssertion, PasskeyRequest, PasskeyStage } from '../../features/accounts/passkey.ts'
import type { Logger } from '../../util/logger.ts'
import { childBytes } from './nodes.ts'
import {
  agreeWithPhone,
  handoffKey,
  handoffProof,
  makePrologue,
  sealPairingRequest,
} from './passkey-crypto.ts'
import type { Prologue } from './passkey-crypto.ts'

/** Time limits of linking by passkey, in milliseconds. */
export interface PasskeyTimes {
  /** The approximate lifetime of a request at WhatsApp (observed on the wire). */
  assertionMs: number
  /** The time limit of a step between the devices, as in WhatsApp's web client. */
  stepMs: number
  /**
   * Time after the request during which the proof of the scanned code counts (five minutes in whatsmeow's pair-passkey.go);
   * later, a person has to compare codes.
   */
  handoffMs: number
}

export const passkeyTimes: PasskeyTimes = {
  assertionMs: 10 * 60_000,
  stepMs: 120_000,
  handoffMs: 5 * 60_000,
}

/** Holds the parts of a socket that the linking uses. */
export interface PasskeyParts {
  accountId: AccountId
  creds: AuthenticationCreds
  query: (node: BinaryNode) => Promise<BinaryNode | undefined>
  /** Stores the new secret of the link, base64. */
  replaceSecret: (secret: string) => void
  times: PasskeyTimes
  log: Logger
}

/** Receives the reports of the linking. */
export interface PasskeyEvents {
  changed(): void
  failed(reason: CloseReason): void
}

/**
 * Links an account whose owner has to sign with a passkey. It begins with a notification after the scan, and ends
 * like every linking with the phone's signature of the new device, which Baileys handles. Baileys does not know the
 * steps in between, which are those of {@link PasskeyStage}.
 */
export class PasskeyLinking {
  private readonly parts: PasskeyParts
  private readonly events: PasskeyEvents
  private current: PasskeyStage | undefined
  private handoff: { key: Buffer; at: number } | undefined
  private prologue: Prologue | undefined
  private sealKey: Buffer | undefined
  private proven = false
  private busy = false
  private stopped = false
  private timer: NodeJS.Timeout | undefined

  constructor(parts: PasskeyParts, events: PasskeyEvents) {
    this.parts = parts
    this.events = events
  }

  get stage(): PasskeyStage | undefined {
    return this.current
  }

  /** Tells whether the request has come, perhaps still without its content. */
  get begun(): boolean {
    return this.handoff !== undefined
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
    this.current = undefined
  }

  /** Handles a notification of this flow. Never throws: a fault ends the linking. */
  take(node: BinaryNode): void {
    const { log, accountId } = this.parts
    const done = node.attrs['type'] === 'crsc_continuation' ? this.continued(node) : this.requested(node)
    done.catch((error: unknown) => {
      log.warn({ account: accountId, err: error }, 'linking by passkey failed')
      this.fail('passkey_failed')
    })
  }

  /** Submits the owner's signature. Resolves when WhatsApp has accepted it. @throws AppError */
  async answer(assertion: PasskeyAssertion): Promise<void> {
    const { current } = this
    if (current?.step !== 'assertion' || this.busy) throw notNow('WhatsApp is not waiting for a passkey.')
    const fault = faultOfAssertion(assertion, current.request)
    if (fault !== undefined) {
      const details = [{ field: 'body', message: `expected an answer to the current request: ${fault}` }]
      throw new AppError('invalid_request', `This assertion does not fit: ${fault}.`, { details })
    }
    this.busy = true
    try {
      await this.sendPrologue(assertion)
    } catch (error) {
      await this.again(error)
    } finally {
      this.busy = false
    }
    // The phone may have been faster than this answer.
    if (this.current === current) this.enter({ step: 'phone', until: this.later(this.parts.times.stepMs) })
  }

  /** Confirms that the codes are equal. @throws AppError */
  async confirm(code: string): Promise<void> {
    const { current } = this
    if (current?.step !== 'confirmation') throw notNow('No code is waiting to be confirmed.')
    if (!isSameCode(current.code, code)) {
      const say =
        'The phone shows a different code: the connection may be intercepted. Do not continue on the phone.'
      throw new AppError('invalid_request', say, {
        details: [{ field: 'body.code', message: 'expected the code that zaguan shows' }],
      })
    }
    try {
      await this.finish(current.code)
    } catch (error) {
      this.fail('passkey_failed')
      throw new AppError('unavailable', 'WhatsApp refused the confirmation. Linking starts again.', {
        cause: error,
      })
    }
  }

  private async requested(node: BinaryNode): Promise<void> {
    if (this.prologue !== undefined || this.busy || this.stopped) return
    const { creds, replaceSecret } = this.parts
    // The scanned code's secret stays here as the key of a proof; the link gets a secret that no camera has seen.
    if (this.handoff === undefined) {
      this.handoff = { key: handoffKey(Buffer.from(creds.advSecretKey, 'base64')), at: Date.now() }
      replaceSecret(randomBytes(32).toString('base64'))
    }
    this.await(readRequest(node) ?? (await this.fetchRequest()))
  }

  private await(request: PasskeyRequest): void {
    this.enter({ step: 'assertion', until: this.later(this.parts.times.assertionMs), request })
  }

  private async fetchRequest(): Promise<PasskeyRequest> {
    const answer = await this.ask('get', { tag: 'passkey_request_options', attrs: {} })
    const request = readRequest(answer)
    if (!request) throw new Error('WhatsApp asks for a passkey but sends nothing to sign')
    return request
  }

  private async sendPrologue(assertion: PasskeyAssertion): Promise<void> {
    const { handoff } = this
    const answer = await this.ask('get', { tag: 'ref', attrs: {} })
    const ref = childBytes(answer, 'ref')
    if (!ref) throw new Error('WhatsApp gave no reference for the linking')
    const prologue = makePrologue(deviceType(), ref.toString('utf8'))
    const content: BinaryNode[] = [
      { tag: 'credential_id', attrs: {}, content: Buffer.from(assertion.rawId, 'base64url') },
      { tag: 'webauthn_assertion', attrs: {}, content: Buffer.from(JSON.stringify(assertion)) },
      { tag: 'prologue_payload', attrs: {}, content: prologue.payload },
    ]
    this.proven = handoff !== undefined && Date.now() - handoff.at < this.parts.times.handoffMs
    if (handoff && this.proven) {
      const proof = handoffProof(handoff.key, prologue.payload)
      content.push({ tag: 'pairing_handoff_proof', attrs: {}, content: proof })
    }
    this.prologue = prologue
    await this.ask('set', { tag: 'passkey_prologue', attrs: {}, content })
  }

  /** Requests a new challenge: each is valid for one try. @throws AppError always */
  private async again(cause: unknown): Promise<never> {
    this.prologue = undefined
    try {
      this.await(await this.fetchRequest())
    } catch (error) {
      this.fail('passkey_failed')
      throw new AppError('unavailable', 'WhatsApp refused the assertion. Linking starts again.', {
        cause: error,
      })
    }
    const say = 'WhatsApp refused the assertion. Sign the new request.'
    const details = [{ field: 'body', message: 'expected an assertion that WhatsApp accepts' }]
    throw new AppError('invalid_request', say, { cause, details })
  }

  private async continued(node: BinaryNode): Promise<void> {
    const { prologue } = this
    if (!prologue || this.sealKey !== undefined) return
    const identity = childBytes(node, 'primary_ephemeral_identity')
    const agreed = identity && agreeWithPhone(prologue, identity)
    if (!agreed) throw new Error('the phone’s part of the linking is malformed')
    this.sealKey = agreed.key
    await this.ask('set', { tag: 'companion_nonce', attrs: {}, content: prologue.nonce })
    if (this.proven) return this.finish(agreed.code)
    this.enter({ step: 'confirmation', until: this.later(this.parts.times.stepMs), code: agreed.code })
  }

  private async finish(code: string): Promise<void> {
    const { noiseKey, signedIdentityKey, advSecretKey } = this.parts.creds
    if (!this.sealKey) throw new Error('there is no key for the phone yet')
    this.enter({ step: 'finishing', until: this.later(this.parts.times.stepMs), code })
    const content = sealPairingRequest(this.sealKey, {
      companionPublicKey: noiseKey.public,
      companionIdentityKey: signedIdentityKey.public,
      advSecret: Buffer.from(advSecretKey, 'base64'),
    })
    await this.ask('set', { tag: 'encrypted_pairing_request', attrs: {}, content })
  }

  private async ask(type: 'get' | 'set', node: BinaryNode): Promise<BinaryNode> {
    const attrs = { to: S_WHATSAPP_NET, type, xmlns: 'md' }
    const answer = await this.parts.query({ tag: 'iq', attrs, content: [node] })
    if (!answer) throw new Error(`WhatsApp did not answer ${node.tag}`)
    return answer
  }

  private enter(stage: PasskeyStage): void {
    if (this.stopped) return
    clearTimeout(this.timer)
    this.current = stage
    this.timer = setTimeout(() => this.fail('passkey_expired'), stage.until.getTime() - Date.now())
    this.parts.log.info({ account: this.parts.accountId, step: stage.step }, 'linking by passkey')
    this.events.changed()
  }

  private fail(reason: CloseReason): void {
    if (this.stopped) return
    this.stop()
    this.events.failed(reason)
  }

  private later(ms: number): Date {
    return new Date(Date.now() + ms)
  }
}

const Options = z.looseObject({ challenge: z.string().min(1), rpId: z.string().min(1) })

/** Reads a request; undefined if the notification has none, or an unreadable one. */
function readRequest(node: BinaryNode): PasskeyRequest | undefined {
  const bytes = childBytes(node, 'passkey_request_options')
  if (bytes === undefined) return undefined
  try {
    const options = Options.parse(JSON.parse(bytes.toString('utf8')))
    return { challenge: options.challenge, rpId: options.rpId, options }
  } catch {
    return undefined
  }
}

/** Returns the device type that this client registered with; both sides include it in the key. */
function deviceType(): number {
  const { PlatformType } = proto.DeviceProps
  const name = DEFAULT_CONNECTION_CONFIG.browser[1].toUpperCase() as keyof typeof PlatformType
  return PlatformType[name] ?? PlatformType.CHROME
}

function notNow(say: string): AppError {
  return new AppError('conflict', say)
}
