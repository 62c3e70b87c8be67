import { randomInt } from 'node:crypto'
import * as libsignal from 'libsignal'
import * as rust from 'whatsapp-rust-bridge'
import { generateKeyPair, sign, type KeyPair } from '../../src/signal/curve.ts'
import { readSessionRecord } from '../../src/signal/session-record.ts'
import {
  beginSession,
  decrypt,
  decryptFirst,
  encrypt,
  hasBegun,
  type PreKeyBundle,
  type Self,
} from '../../src/signal/session.ts'
import { decodePreKey } from '../../src/signal/wire.ts'

export interface Letter {
  type: 'msg' | 'pkmsg'
  ciphertext: Buffer
}

/** The keys of a device. */
export interface Device {
  self: Self
  signedPreKey: KeyPair
  preKeys: Map<number, KeyPair>
}

/** One end of a correspondence, by one implementation of the protocol. */
export interface Peer {
  readonly device: Device
  begin(bundle: PreKeyBundle): Promise<void>
  write(text: string): Promise<Letter>
  read(letter: Letter): Promise<string>
}

export function newDevice(): Device {
  const self = { identity: generateKeyPair(), registrationId: randomInt(1, 16_000) }
  return { self, signedPreKey: generateKeyPair(), preKeys: new Map() }
}

/** The keys of a device that its server gives out, with a one-time pre-key or without. */
export function bundleOf({ self, signedPreKey, preKeys }: Device, withPreKey = true): PreKeyBundle {
  const id = preKeys.size + 1
  const preKey = generateKeyPair()
  if (withPreKey) preKeys.set(id, preKey)
  return {
    registrationId: self.registrationId,
    identityKey: self.identity.public,
    signedPreKey: {
      id: 7,
      publicKey: signedPreKey.public,
      signature: sign(self.identity.private, signedPreKey.public),
    },
    preKey: withPreKey ? { id, publicKey: preKey.public } : undefined,
  }
}

/** Ours, over a stored record. */
export class Ours implements Peer {
  readonly device: Device
  readonly stored: { record: string }

  constructor(device = newDevice(), stored = { record: 'null' }) {
    this.device = device
    this.stored = stored
  }

  async begin(bundle: PreKeyBundle): Promise<void> {
    this.save(beginSession(this.load(), bundle, this.device.self))
  }

  async write(text: string): Promise<Letter> {
    const { record, type, ciphertext } = encrypt(this.load(), Buffer.from(text), this.device.self)
    this.save(record)
    return { type, ciphertext }
  }

  async read({ type, ciphertext }: Letter): Promise<string> {
    const { record, plaintext } = type === 'msg' ? this.readMore(ciphertext) : this.readFirst(ciphertext)
    this.save(record)
    return plaintext.toString()
  }

  private readMore(ciphertext: Buffer) {
    return decrypt(this.load(), ciphertext, this.device.self)
  }

  private readFirst(ciphertext: Buffer) {
    const message = decodePreKey(ciphertext)
    const record = this.load()
    const { self, signedPreKey, preKeys } = this.device
    if (hasBegun(record, message)) return decryptFirst(record, message, self)
    const preKey = message.preKeyId === undefined ? undefined : preKeys.get(message.preKeyId)
    return decryptFirst(record, message, self, { signedPreKey, preKey })
  }

  private load() {
    return readSessionRecord(JSON.parse(this.stored.record))
  }

  private save(record: object): void {
    this.stored.record = JSON.stringify(record)
  }
}

interface JsRecord {
  getSessions(): object[]
  serialize(): object
}
const { SessionRecord, SessionCipher, SessionBuilder, ProtocolAddress } = libsignal as unknown as {
  SessionRecord: { deserialize(data: object): JsRecord }
  SessionCipher: new (
    storage: object,
    address: object,
  ) => {
    encrypt(data: Buffer): Promise<{ type: number; body: Buffer }>
    decryptPreKeyWhisperMessage(data: Buffer): Promise<Buffer>
    doDecryptWhisperMessage(data: Buffer, session: object): Promise<Buffer>
    storeRecord(record: JsRecord): Promise<void>
  }
  SessionBuilder: new (storage: object, address: object) => { initOutgoing(device: object): Promise<void> }
  ProtocolAddress: new (name: string, device: number) => object
}

const pairForJs = (pair: KeyPair) => ({ pubKey: pair.public, privKey: pair.private })
let addresses = 0

/** libsignal's JavaScript, over a stored record of the same form. */
export class JavaScript implements Peer {
  readonly device: Device
  readonly stored: { record: string }
  private readonly address = new ProtocolAddress(`peer${addresses++}`, 0)

  constructor(device = newDevice(), stored = { record: 'null' }) {
    this.device = device
    this.stored = stored
  }

  async begin({ registrationId, identityKey, signedPreKey, preKey }: PreKeyBundle): Promise<void> {
    await new SessionBuilder(this.storage(), this.address).initOutgoing({
      registrationId,
      identityKey,
      signedPreKey: { ...signedPreKey, keyId: signedPreKey.id },
      preKey: preKey && { ...preKey, keyId: preKey.id },
    })
  }

  async write(text: string): Promise<Letter> {
    const { type, body } = await this.cipher().encrypt(Buffer.from(text))
    return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body) }
  }

  async read({ type, ciphertext }: Letter): Promise<string> {
    const cipher = this.cipher()
    if (type === 'pkmsg') return (await cipher.decryptPreKeyWhisperMessage(ciphertext)).toString()
    const count = this.load()?.getSessions().length ?? 0
    // Each trial changes the session that it is made with, so each has a record of its own.
    for (let n = 0; n < count; n++) {
      const record = this.load()
      const session = record?.getSessions()[n]
      if (!record || !session) break
      try {
        const plaintext = await cipher.doDecryptWhisperMessage(ciphertext, session)
        Object.assign((session as { indexInfo: object }).indexInfo, { used: Date.now() })
        await cipher.storeRecord(record)
        return plaintext.toString()
      } catch {}
    }
    throw new Error('no session of libsignal fits')
  }

  private cipher() {
    return new SessionCipher(this.storage(), this.address)
  }

  private load(): JsRecord | undefined {
    const data = JSON.parse(this.stored.record) as object | null
    return data ? SessionRecord.deserialize(data) : undefined
  }

  private storage(): object {
    const { self, signedPreKey, preKeys } = this.device
    const pair = (key: KeyPair | undefined) => key && pairForJs(key)
    return {
      loadSession: async () => this.load(),
      storeSession: async (_id: string, record: JsRecord) => {
        this.stored.record = JSON.stringify(record.serialize())
      },
      isTrustedIdentity: () => true,
      loadPreKey: async (id: number) => pair(preKeys.get(id)),
      removePreKey: () => undefined,
      loadSignedPreKey: () => pair(signedPreKey),
      getOurRegistrationId: () => self.registrationId,
      getOurIdentity: () => pair(self.identity),
    }
  }
}

/** libsignal in Rust, which phones use, with a record of its own form. */
export class Rust implements Peer {
  readonly device: Device
  private record: Uint8Array | undefined
  private readonly address = new rust.ProtocolAddress(`peer${addresses++}`, 0)

  constructor(device = newDevice()) {
    this.device = device
  }

  async begin({ registrationId, identityKey, signedPreKey, preKey }: PreKeyBundle): Promise<void> {
    await new rust.SessionBuilder(this.storage(), this.address).processPreKeyBundle({
      registrationId,
      identityKey,
      signedPreKey: { ...signedPreKey, keyId: signedPreKey.id },
      ...(preKey ? { preKey: { ...preKey, keyId: preKey.id } } : {}),
    })
  }

  async write(text: string): Promise<Letter> {
    const { type, body } = await new rust.SessionCipher(this.storage(), this.address).encrypt(
      Buffer.from(text),
    )
    return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body) }
  }

  async read({ type, ciphertext }: Letter): Promise<string> {
    const cipher = new rust.SessionCipher(this.storage(), this.address)
    const plaintext =
      type === 'pkmsg'
        ? await cipher.decryptPreKeyWhisperMessage(ciphertext)
        : await cipher.decryptWhisperMessage(ciphertext)
    return Buffer.from(plaintext).toString()
  }

  private storage(): rust.SignalStorage {
    const { self, signedPreKey, preKeys } = this.device
    const pair = (key: KeyPair | undefined) => key && pairForJs(key)
    return {
      loadSession: () => this.record,
      storeSession: (_address: string, record: rust.SessionRecord) => {
        this.record = record.serialize()
      },
      getOurIdentity: () => pairForJs(self.identity),
      getOurRegistrationId: () => self.registrationId,
      isTrustedIdentity: () => true,
      loadPreKey: (id: number) => pair(preKeys.get(id)),
      removePreKey: () => undefined,
      loadSignedPreKey: (id: number) => ({
        keyId: id,
        keyPair: pairForJs(signedPreKey),
        signature: sign(self.identity.private, signedPreKey.public),
      }),
      loadSenderKey: () => undefined,
      storeSenderKey: () => undefined,
    }
  }
}
