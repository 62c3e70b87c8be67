import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Account } from '../people/account.ts'
import type { Connection } from '../protocol/connection.ts'
import type { Faults } from '../protocol/faults.ts'
import { newStanzaId } from '../protocol/ids.ts'
import { parseJid } from '../protocol/jids.ts'
import { agree, newKeyPair, type KeyPair } from '../protocol/keys.ts'
import type { Candidate, LinkingContext } from './linking-context.ts'
import { bytesOf, child, node, seconds, serverJid, type BinaryNode } from '../protocol/nodes.ts'
import type { QueryAnswer } from '../queries/query.ts'

/** Life of a pairing code: as long as the QR codes before it run (whatsmeow's pair-code.go). */
const liveMs = 160_000
const answerMs = 20_000
/** Letters and digits of pairing codes: without 0, I, O and U (Baileys' lib/Utils/generics.js: `bytesToCrockford`). */
const pattern = /^[1-9A-HJ-NP-TV-Z]{8}$/

/** Holds a companion's request at the server for the phone with a certain number. */
interface Request {
  readonly candidate: Candidate
  readonly number: string
  readonly ref: Buffer
  /** Salt, initialisation vector and the companion's ephemeral key, encrypted with the code. */
  readonly wrapped: Buffer
  readonly madeAt: number
  finish?: ((finished: BinaryNode | Error) => void) | undefined
}

/** Links companions by a code typed on the phone: plays the server's part and the phone's. */
export class PairingCodes {
  readonly #context: LinkingContext
  readonly #requests = new Map<Connection, Request>()
  readonly #faults: Faults

  constructor(context: LinkingContext, faults: Faults) {
    this.#context = context
    this.#faults = faults
  }

  /** Answers a query about pairing codes; undefined for other queries. */
  query(connection: Connection, iq: BinaryNode): QueryAnswer | undefined {
    const registration = child(iq, 'link_code_companion_reg')
    const candidate = this.#context.find(connection)
    if (!registration || !candidate) return undefined
    const stage = registration.attrs['stage']
    if (stage === 'companion_hello') return this.#hello(candidate, registration)
    if (stage === 'companion_finish') return this.#finish(connection, registration)
    return undefined
  }

  closed(connection: Connection): void {
    const request = this.#requests.get(connection)
    this.#requests.delete(connection)
    request?.finish?.(new Error('The device has left'))
  }

  /** Types a code as on the owner's phone. Rejects with the reason, as a phone would say it. */
  async enter(account: Account, typed: string): Promise<void> {
    const code = typed.replace(/[\s-]/g, '').toUpperCase()
    if (!pattern.test(code)) throw new Error('A code has eight letters and digits')
    const request = this.#find(account)
    const ephemeral = newKeyPair()
    const companionKey = unwrap(code, request.wrapped)
    const finished = new Promise<BinaryNode | Error>((resolve) => {
      request.finish = resolve
      setTimeout(resolve, answerMs, new Error('The device did not answer')).unref()
    })
    request.candidate.connection.send(primaryHello(request, account, wrap(code, ephemeral.public)))
    const answer = await finished
    request.finish = undefined
    if (answer instanceof Error) throw answer
    const secret = openBundle({ answer, account, candidate: request.candidate, ephemeral, companionKey })
    this.#requests.delete(request.candidate.connection)
    await this.#context.accept(request.candidate, account, secret)
  }

  #hello(candidate: Candidate, registration: BinaryNode): QueryAnswer {
    const error = this.#faults.takePairingCodeRefusal()
    if (error !== undefined) return { error, text: error === 429 ? 'rate-overlimit' : 'not-acceptable' }
    const number = parseJid(registration.attrs['jid'])?.user
    const wrapped = bytesOf(child(registration, 'link_code_pairing_wrapped_companion_ephemeral_pub'))
    const noiseKey = bytesOf(child(registration, 'companion_server_auth_key_pub'))
    const sound = wrapped?.length === 80 && noiseKey?.equals(candidate.registration.noiseKey)
    const named =
      child(registration, 'companion_platform_id') && child(registration, 'companion_platform_display')
    if (number === undefined || !wrapped || !sound || !named) return { error: 400, text: 'bad-request' }
    const ref = randomBytes(32)
    this.#requests.set(candidate.connection, { candidate, number, ref, wrapped, madeAt: Date.now() })
    const content = [node('link_code_pairing_ref', {}, ref)]
    return [node('link_code_companion_reg', { stage: 'companion_hello' }, content)]
  }

  #finish(connection: Connection, registration: BinaryNode): QueryAnswer {
    const request = this.#requests.get(connection)
    const ref = bytesOf(child(registration, 'link_code_pairing_ref'))
    if (!request?.finish || !ref?.equals(request.ref)) return { error: 404, text: 'item-not-found' }
    const { finish } = request
    // The answer leaves before the phone acts on it.
    setImmediate(() => finish(registration))
    return []
  }

  #find(account: Account): Request {
    const request = [...this.#requests.values()].findLast(({ number }) => number === account.number)
    if (!request) throw new Error('No device asks to be linked by a code')
    if (Date.now() > request.madeAt + liveMs) throw new Error('This code has expired')
    if (request.finish) throw new Error('This code is already in use')
    return request
  }
}

/** Returns the account's secret for its new device, after all the checks of a phone. */
function openBundle(parts: {
  answer: BinaryNode
  account: Account
  candidate: Candidate
  ephemeral: KeyPair
  companionKey: Buffer
}): Buffer {
  const { answer, account, candidate, ephemeral, companionKey } = parts
  const { identity } = candidate.registration
  const claimed = bytesOf(child(answer, 'companion_identity_public'))
  const bundle = bytesOf(child(answer, 'link_code_pairing_wrapped_key_bundle'))
  if (!claimed?.equals(identity)) throw new Error('The device announced a different identity')
  if (bundle?.length !== 32 + 12 + 96 + 16) throw new Error('The answer of the device is malformed')
  const shared = agree(ephemeral.private, companionKey)
  const info = 'link_code_pairing_key_bundle_encryption_key'
  const key = Buffer.from(hkdfSync('sha256', shared, bundle.subarray(0, 32), info, 32))
  const decipher = createDecipheriv('aes-256-gcm', key, bundle.subarray(32, 44))
  decipher.setAuthTag(bundle.subarray(-16))
  let opened: Buffer
  try {
    opened = Buffer.concat([decipher.update(bundle.subarray(44, -16)), decipher.final()])
  } catch {
    throw new Error('The code is wrong')
  }
  const [companion, phone, random] = [0, 32, 64].map((at) => opened.subarray(at, at + 32))
  if (!companion?.equals(identity))
    throw new Error('The device sealed a different identity than it announced')
  if (!phone?.equals(account.party.identity.public))
    throw new Error('The device sealed the identity of a different phone')
  const identities = agree(account.party.identity.private, identity)
  const material = Buffer.concat([shared, identities, random ?? Buffer.alloc(0)])
  return Buffer.from(hkdfSync('sha256', material, Buffer.alloc(0), 'adv_secret', 32))
}

function primaryHello(request: Request, account: Account, wrapped: Buffer): BinaryNode {
  const content = [
    node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrapped),
    node('primary_identity_pub', {}, account.party.identity.public),
    node('link_code_pairing_ref', {}, request.ref),
  ]
  const attributes = { from: serverJid, type: 'link_code_companion_reg', id: newStanzaId(), t: seconds() }
  return node('notification', attributes, [
    node('link_code_companion_reg', { stage: 'primary_hello' }, content),
  ])
}

function wrap(code: string, publicKey: Buffer): Buffer {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const cipher = createCipheriv('aes-256-ctr', keyOf(code, salt), iv)
  return Buffer.concat([salt, iv, cipher.update(publicKey), cipher.final()])
}

function unwrap(code: string, wrapped: Buffer): Buffer {
  const decipher = createDecipheriv(
    'aes-256-ctr',
    keyOf(code, wrapped.subarray(0, 32)),
    wrapped.subarray(32, 48),
  )
  return Buffer.concat([decipher.update(wrapped.subarray(48)), decipher.final()])
}

function keyOf(code: string, salt: Buffer): Buffer {
  return pbkdf2Sync(code, salt, 131_072, 32, 'sha256')
}
