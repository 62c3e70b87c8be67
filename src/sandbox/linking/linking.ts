import { createHmac, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import type { Account } from '../people/account.ts'
import type { Connection } from '../protocol/connection.ts'
import { accountSignaturePrefix, deviceSignaturePrefix } from './device-identity.ts'
import type { Faults, PairingFault } from '../protocol/faults.ts'
import { newStanzaId } from '../protocol/ids.ts'
import { isSignedBy, sign, signalKey } from '../protocol/keys.ts'
import { LinkedDevice, type HistoryWish, type Registration } from './linked-device.ts'
import type { Candidate, LinkingContext } from './linking-context.ts'
import type { Log } from '../log.ts'
import { bytesOf, child, node, serverJid, type BinaryNode } from '../protocol/nodes.ts'
import { PairingCodes } from './pairing-codes.ts'
import { Passkeys } from './passkeys.ts'
import { parseQr, type QrCode } from './qr.ts'
import { toResponse } from '../queries/query.ts'

/** QR codes of a linking (160 seconds in whatsmeow's pair-code.go), the life of the first and of later ones (its qrchan.go). */
const refs = 6
const firstRefMs = 60_000
const laterRefMs = 20_000
const answerMs = 20_000
const badRequest = { error: 400, text: 'bad-request' }

interface Offer {
  readonly device: LinkedDevice
  readonly details: Buffer
  readonly accountSignature: Buffer
}

/** Links companions: plays the server's part and the phone's. */
export class Linking implements LinkingContext {
  readonly codes: PairingCodes
  readonly passkeys: Passkeys
  readonly #faults: Faults
  readonly #onLinked: (account: Account, device: LinkedDevice) => void
  readonly #candidates = new Map<Connection, Candidate>()
  /** Codes that were valid once, to tell a late scan from a foreign code. */
  readonly #spent = new Set<string>()

  constructor(faults: Faults, log: Log, onLinked: (account: Account, device: LinkedDevice) => void) {
    this.#faults = faults
    this.#onLinked = onLinked
    this.codes = new PairingCodes(this, faults)
    this.passkeys = new Passkeys(this, log)
  }

  /** Gives an unlinked client the references that it shows as QR codes, one after another. */
  begin(connection: Connection, registration: Registration): void {
    const candidate = {
      connection,
      registration,
      refs: Array.from({ length: refs }, () => `2@${randomBytes(60).toString('base64')}`),
      shownAt: Date.now(),
    }
    this.#candidates.set(connection, candidate)
    const nodes = candidate.refs.map((ref) => node('ref', {}, Buffer.from(ref)))
    const attributes = { from: serverJid, type: 'set', id: newStanzaId(), xmlns: 'md' }
    connection.send(node('iq', attributes, [node('pair-device', {}, nodes)]))
  }

  /** Tells the clients that show codes that their references are retired and they need others. */
  retireCodes(): void {
    for (const connection of this.#candidates.keys()) {
      const attributes = { from: serverJid, type: 'companion_reg_refresh', id: newStanzaId() }
      connection.send(node('notification', attributes, [node('companion_reg_refresh')]))
    }
  }

  received(connection: Connection, stanza: BinaryNode): void {
    if (stanza.tag !== 'iq') return
    const { type, xmlns } = stanza.attrs
    if (child(stanza, 'pair-device-sign')) return this.#candidates.get(connection)?.answer?.(stanza)
    if (type === 'result' || type === 'error') return
    // An unlinked client may send little more than a ping.
    const answer = this.codes.query(connection, stanza) ?? this.passkeys.query(connection, stanza)
    connection.send(toResponse(stanza, xmlns === 'w:p' ? [] : (answer ?? badRequest)))
  }

  find(connection: Connection): Candidate | undefined {
    return this.#candidates.get(connection)
  }

  closed(connection: Connection): void {
    this.codes.closed(connection)
    this.passkeys.closed(connection)
    const candidate = this.#candidates.get(connection)
    if (!candidate) return
    this.#candidates.delete(connection)
    for (const ref of candidate.refs) this.#spent.add(ref)
    candidate.answer?.(new Error('The device did not accept the link'))
  }

  /** Scans a code as the owner's phone does. Rejects with the reason. */
  async scan(account: Account, text: string): Promise<void> {
    const qr = parseQr(text)
    await this.accept(this.#findByQr(qr), account, qr.advSecret)
  }

  async accept(candidate: Candidate, account: Account, advSecret: Buffer): Promise<void> {
    if (account.protection) this.passkeys.begin(candidate, account, advSecret)
    else await this.link(candidate, account, advSecret)
  }

  async link(candidate: Candidate, account: Account, advSecret: Buffer): Promise<LinkedDevice> {
    const offer = makeOffer(account, candidate.registration)
    const stanza = await this.#offer(candidate, account, offer, advSecret)
    verifyAnswer(account, offer, stanza)
    account.devices.set(offer.device.id, offer.device)
    this.#candidates.delete(candidate.connection)
    for (const ref of candidate.refs) this.#spent.add(ref)
    this.#onLinked(account, offer.device)
    // Not a fault: the server asks for a new connection with the new credentials.
    candidate.connection.fail(515)
    return offer.device
  }

  #findByQr(qr: QrCode): Candidate {
    const candidate = [...this.#candidates.values()].find(({ refs }) => refs.includes(qr.ref))
    if (!candidate) {
      if (this.#spent.has(qr.ref)) throw new Error('This QR code has expired')
      throw new Error('This QR code is unknown to this network')
    }
    const index = candidate.refs.indexOf(qr.ref)
    if (Date.now() > candidate.shownAt + firstRefMs + index * laterRefMs)
      throw new Error('This QR code has expired')
    const { noiseKey, identity } = candidate.registration
    if (!qr.noiseKey.equals(noiseKey)) throw new Error('This QR code has the Noise key of another device')
    if (!qr.identity.equals(identity)) throw new Error('This QR code has the identity of another device')
    if (candidate.answer) throw new Error('This QR code is already in use')
    return candidate
  }

  async #offer(candidate: Candidate, account: Account, offer: Offer, advSecret: Buffer): Promise<BinaryNode> {
    const { connection } = candidate
    const stanza = pairSuccess(account, offer, { advSecret, fault: this.#faults.takePairing() })
    const result = await new Promise<BinaryNode | Error>((resolve) => {
      candidate.answer = resolve
      setTimeout(resolve, answerMs, new Error('The device did not answer')).unref()
      connection.send(stanza)
    })
    candidate.answer = undefined
    if (result instanceof Error) throw result
    return result
  }
}

function makeOffer(account: Account, registration: Registration): Offer {
  const device = new LinkedDevice(account, account.nextDeviceId(), registration)
  const rawId = randomBytes(4).readUInt32BE() >>> 1
  // Clients leave a device with key index 0 out of device lists.
  const identity = { rawId, timestamp: Math.floor(Date.now() / 1000), keyIndex: device.id }
  const details = Buffer.from(proto.ADVDeviceIdentity.encode(identity).finish())
  const signed = Buffer.concat([accountSignaturePrefix, details, device.identity])
  return { device, details, accountSignature: sign(account.party.identity.private, signed) }
}

function pairSuccess(
  account: Account,
  { device, details, accountSignature }: Offer,
  { advSecret, fault }: { advSecret: Buffer; fault: PairingFault | undefined },
): BinaryNode {
  const signature = fault === 'signature' ? randomBytes(64) : accountSignature
  const signed = Buffer.from(
    proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: account.party.identity.public,
      accountSignature: signature,
    }).finish(),
  )
  const secret = fault === 'hmac' ? randomBytes(32) : advSecret
  const hmac = createHmac('sha256', secret).update(signed).digest()
  const identity = Buffer.from(proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish())
  const content = [
    node('device-identity', {}, identity),
    node('platform', { name: account.platform }),
    node('device', { jid: device.jid, lid: device.lidJid }),
  ]
  const attributes = { from: serverJid, type: 'set', id: newStanzaId(), xmlns: 'md' }
  return node('iq', attributes, [node('pair-success', {}, content)])
}

/** @throws Error if the device has not signed the phone's offer */
function verifyAnswer(account: Account, offer: Offer, stanza: BinaryNode): void {
  const { device, details, accountSignature } = offer
  const item = child(child(stanza, 'pair-device-sign'), 'device-identity')
  const encoded = bytesOf(item)
  if (!encoded || item?.attrs['key-index'] !== device.id.toString())
    throw new Error('The answer of the device is malformed')
  const answer = proto.ADVSignedDeviceIdentity.decode(encoded)
  const { deviceSignature } = answer
  const same =
    details.equals(answer.details ?? Buffer.alloc(0)) &&
    accountSignature.equals(answer.accountSignature ?? Buffer.alloc(0))
  const accountKey = account.party.identity.public
  const signed = Buffer.concat([deviceSignaturePrefix, details, device.identity, accountKey])
  if (!same || !deviceSignature || !isSignedBy(device.identity, signed, deviceSignature)) {
    throw new Error('The signature of the device is wrong')
  }
  device.deviceIdentity = Buffer.from(
    proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: accountKey,
      accountSignature,
      deviceSignature,
    }).finish(),
  )
}

/** Reads a registration; undefined if it is incomplete or its identity has not signed the pre-key. */
export function readRegistration(payload: proto.ClientPayload, noiseKey: Buffer): Registration | undefined {
  const data = payload.devicePairingData
  if (!data?.eIdent || !data.eRegid || !data.eSkeyId || !data.eSkeyVal || !data.eSkeySig) return undefined
  const keyType = data.eKeytype?.[0]
  const sizes = data.eIdent.length === 32 && data.eRegid.length === 4 && data.eSkeyVal.length === 32
  if (keyType !== 5 || !sizes || !data.eSkeyId.length) return undefined
  if (!isSignedBy(data.eIdent, signalKey(data.eSkeyVal), data.eSkeySig)) return undefined
  const props = data.deviceProps ? proto.DeviceProps.decode(data.deviceProps) : undefined
  const id = Buffer.from(data.eSkeyId)
  return {
    noiseKey: Buffer.from(noiseKey),
    identity: Buffer.from(data.eIdent),
    registrationId: Buffer.from(data.eRegid).readUInt32BE(),
    signedPreKey: {
      id: id.readUIntBE(0, id.length),
      publicKey: Buffer.from(data.eSkeyVal),
      signature: Buffer.from(data.eSkeySig),
    },
    os: props?.os ?? '',
    history: readWish(props),
  }
}

function readWish(props: proto.DeviceProps | undefined): HistoryWish {
  const days = props?.historySyncConfig?.fullSyncDaysLimit
  return { whole: props?.requireFullSync ?? false, ...(days ? { days } : {}) }
}
