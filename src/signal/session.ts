import { agree, generateKeyPair, isSigned, type KeyPair } from './curve.ts'
import {
  decryptBytes,
  deriveMessageKeys,
  deriveRatchet,
  deriveSession,
  encryptBytes,
  isSameMac,
  macOf,
} from './derive.ts'
import { keyAt, newChain, nextOf, reachRatchet } from './ratchet.ts'
import {
  emptyRecord,
  findOpenSession,
  ourBaseKey,
  sendingChain,
  sessionsByUse,
  theirBaseKey,
  withOpenSession,
  withSession,
  type Session,
  type SessionRecord,
} from './session-record.ts'
import { decodeKey, encodeKey } from './stored-form.ts'
import {
  decodeWhisper,
  encodePreKey,
  encodeWhisper,
  unversioned,
  versionByte,
  type PreKeyMessage,
  type WhisperMessage,
} from './wire.ts'

/*
 * The Signal protocol between two devices: X3DH and the double ratchet, version 3, as pure steps from one record to the next. It
 * is written here, on WebAssembly for the curve and OpenSSL for the rest, in place of the ciphers in whatsapp-rust-bridge 0.5.4.
 * Those could not take over stored sessions: they read the first session of a record only, take the seeds of skipped messages for
 * cipher keys with a MAC of zeros, drop the pre-key part of an unanswered session's messages, and write no form that earlier versions
 * read (src/storage_adapter.rs). They also call back for each record, asynchronously, which makes a step hard to commit with its
 * plaintext. The time is about the same, a sixth of that of libsignal's JavaScript: `scripts/bench/signal.mjs` compares the three.
 */

/** Our side of all sessions. Public keys have 33 bytes. */
export interface Self {
  readonly identity: KeyPair
  readonly registrationId: number
}

/** Holds a device's public keys, 33 bytes each, with which a session begins. */
export interface PreKeyBundle {
  readonly registrationId: number
  readonly identityKey: Buffer
  readonly signedPreKey: { readonly id: number; readonly publicKey: Buffer; readonly signature: Uint8Array }
  readonly preKey?: { readonly id: number; readonly publicKey: Buffer } | undefined
}

/** Holds our keys that a message of the other side began a session with. */
export interface OwnPreKeys {
  readonly signedPreKey: KeyPair
  /** Undefined: the message names none. */
  readonly preKey: KeyPair | undefined
}

/** Holds a decrypted message, and the record to be stored with it. */
export interface Decrypted {
  readonly record: SessionRecord
  readonly plaintext: Buffer
}

/** Holds an encrypted message, and the record to be stored before it goes out. */
export interface Encrypted {
  readonly record: SessionRecord
  readonly type: 'msg' | 'pkmsg'
  readonly ciphertext: Buffer
}

/**
 * Begins a session with a device and makes it the open one.
 * @throws Error if the device has not signed its pre-key; libsignal's JavaScript does not look
 */
export function beginSession(
  record: SessionRecord | undefined,
  bundle: PreKeyBundle,
  self: Self,
): SessionRecord {
  const { identityKey, signedPreKey, preKey } = bundle
  if (!isSigned(identityKey, signedPreKey.publicKey, signedPreKey.signature)) {
    throw new Error('the signature of a signed pre-key is not valid')
  }
  const baseKey = generateKeyPair()
  const rootKey = handshake([
    agree(signedPreKey.publicKey, self.identity.private),
    agree(identityKey, baseKey.private),
    agree(signedPreKey.publicKey, baseKey.private),
    ...(preKey ? [agree(preKey.publicKey, baseKey.private)] : []),
  ])
  const pair = generateKeyPair()
  const sending = deriveRatchet(agree(signedPreKey.publicKey, pair.private), rootKey)
  const now = Date.now()
  const session: Session = {
    registrationId: bundle.registrationId,
    currentRatchet: {
      ephemeralKeyPair: savedPair(pair),
      lastRemoteEphemeralKey: encodeKey(signedPreKey.publicKey),
      previousCounter: 0,
      rootKey: encodeKey(sending.rootKey),
    },
    indexInfo: indexOf(ourBaseKey, { baseKey: baseKey.public, identityKey, now }),
    _chains: { [encodeKey(pair.public)]: newChain(sendingChain, sending.chainKey) },
    pendingPreKey: {
      signedKeyId: signedPreKey.id,
      baseKey: encodeKey(baseKey.public),
      ...(preKey ? { preKeyId: preKey.id } : {}),
    },
  }
  return withOpenSession(record ?? emptyRecord, session, now)
}

/** Encrypts with the open session. @throws Error without an open session */
export function encrypt(record: SessionRecord | undefined, plaintext: Uint8Array, self: Self): Encrypted {
  if (record === undefined) throw new Error('No sessions')
  const session = findOpenSession(record)
  if (!session) throw new Error('No open session')
  const { ephemeralKeyPair, previousCounter } = session.currentRatchet
  const chain = session._chains[ephemeralKeyPair.pubKey]
  if (chain?.chainType !== sendingChain) throw new Error('Tried to encrypt on a receiving chain')
  const { chain: next, seed, counter } = nextOf(chain)
  const keys = deriveMessageKeys(seed)
  const body = encodeWhisper({
    ephemeralKey: decodeKey(ephemeralKeyPair.pubKey),
    counter,
    previousCounter,
    ciphertext: encryptBytes(keys, plaintext),
  })
  const remoteIdentity = decodeKey(session.indexInfo.remoteIdentityKey)
  const mac = macOf(keys.mac, macInput(self.identity.public, remoteIdentity, body))
  const whisper = Buffer.concat([oneVersionByte, body, mac])
  const after = { ...session, _chains: { ...session._chains, [ephemeralKeyPair.pubKey]: next } }
  return {
    record: withSession(record, after),
    type: session.pendingPreKey ? 'pkmsg' : 'msg',
    ciphertext: session.pendingPreKey ? introduced(session.pendingPreKey, whisper, self) : whisper,
  }
}

/**
 * Decrypts with the session that fits, trying the most recently used one first. A session that does not fit stays unchanged.
 * @throws Error if none fits
 */
export function decrypt(record: SessionRecord | undefined, message: Buffer, self: Self): Decrypted {
  if (record === undefined) throw new Error('No session record')
  const read = readWhisper(message)
  let failure: unknown
  for (const session of sessionsByUse(record)) {
    try {
      const { next, plaintext } = decryptWith(session, read, self)
      const used = { ...next, indexInfo: { ...next.indexInfo, used: Date.now() } }
      return { record: withSession(record, used), plaintext }
    } catch (error) {
      // The first one is the current session: its reason tells the most.
      failure ??= error
    }
  }
  if (failure === undefined) throw new Error('No sessions available')
  throw new Error('No matching sessions found for message', { cause: failure })
}

/** Tells whether a session that this message begins is there already. @throws Error if it is one that we began */
export function hasBegun(record: SessionRecord | undefined, { baseKey }: PreKeyMessage): boolean {
  const session = record?._sessions[encodeKey(baseKey)]
  if (session?.indexInfo.baseKeyType === ourBaseKey) {
    throw new Error('Tried to lookup a session using our basekey')
  }
  return session !== undefined
}

/**
 * Decrypts a message that begins a session, or that repeats its beginning because we have not answered yet. `own` is needed for a
 * new session only.
 * @throws Error if it does not decrypt
 */
export function decryptFirst(
  record: SessionRecord | undefined,
  message: PreKeyMessage,
  self: Self,
  own?: OwnPreKeys,
): Decrypted {
  const whisper = readWhisper(message.message)
  const known = record?._sessions[encodeKey(message.baseKey)]
  if (record && known) {
    const { next, plaintext } = decryptWith(known, whisper, self)
    return { record: withSession(record, next), plaintext }
  }
  if (!own) throw new Error('Missing SignedPreKey')
  const { next, plaintext } = decryptWith(answerSession(message, self, own), whisper, self)
  return { record: withOpenSession(record ?? emptyRecord, next, Date.now()), plaintext }
}

function answerSession(message: PreKeyMessage, self: Self, own: OwnPreKeys): Session {
  const { signedPreKey, preKey } = own
  const { baseKey, identityKey } = message
  const rootKey = handshake([
    agree(identityKey, signedPreKey.private),
    agree(baseKey, self.identity.private),
    agree(baseKey, signedPreKey.private),
    ...(preKey ? [agree(baseKey, preKey.private)] : []),
  ])
  return {
    registrationId: message.registrationId,
    currentRatchet: {
      ephemeralKeyPair: savedPair(signedPreKey),
      lastRemoteEphemeralKey: encodeKey(baseKey),
      previousCounter: 0,
      rootKey: encodeKey(rootKey),
    },
    indexInfo: indexOf(theirBaseKey, { baseKey, identityKey, now: Date.now() }),
    _chains: {},
  }
}

const macBytes = 8
const oneVersionByte = Buffer.from([versionByte])

interface ReadWhisper extends WhisperMessage {
  readonly body: Buffer
  readonly mac: Buffer
}

function readWhisper(message: Buffer): ReadWhisper {
  const body = unversioned(message, 'WhisperMessage').subarray(0, -macBytes)
  return { ...decodeWhisper(body), body, mac: message.subarray(-macBytes) }
}

function decryptWith(
  session: Session,
  message: ReadWhisper,
  self: Self,
): { next: Session; plaintext: Buffer } {
  const { pendingPreKey: _, ...stepped } = reachRatchet(
    session,
    message.ephemeralKey,
    message.previousCounter,
  )
  const remoteKey = encodeKey(message.ephemeralKey)
  const chain = stepped._chains[remoteKey]
  if (chain === undefined || chain.chainType === sendingChain) {
    throw new Error('Tried to decrypt on a sending chain')
  }
  const { chain: next, seed } = keyAt(chain, message.counter)
  const keys = deriveMessageKeys(seed)
  const remoteIdentity = decodeKey(session.indexInfo.remoteIdentityKey)
  const mac = macOf(keys.mac, macInput(remoteIdentity, self.identity.public, message.body))
  if (!isSameMac(mac, message.mac)) throw new Error('Bad MAC')
  const plaintext = decryptBytes(keys, message.ciphertext)
  return { next: { ...stepped, _chains: { ...stepped._chains, [remoteKey]: next } }, plaintext }
}

function macInput(from: Buffer, to: Buffer, body: Buffer): Buffer {
  return Buffer.concat([from, to, oneVersionByte, body])
}

function introduced(
  pending: NonNullable<Session['pendingPreKey']>,
  message: Buffer,
  { identity, registrationId }: Self,
): Buffer {
  return encodePreKey({
    preKeyId: pending.preKeyId,
    signedPreKeyId: pending.signedKeyId,
    registrationId,
    baseKey: decodeKey(pending.baseKey),
    identityKey: identity.public,
    message,
  })
}

/** Derives the root key from the secrets of X3DH, in the order of the side that begins. */
function handshake(secrets: readonly Buffer[]): Buffer {
  return deriveSession(Buffer.concat([discontinuity, ...secrets]))
}

/** Keeps the input of X25519 apart from that of other curves (X3DH, section 2.2). */
const discontinuity = Buffer.alloc(32, 0xff)

function savedPair(pair: KeyPair): Session['currentRatchet']['ephemeralKeyPair'] {
  return { pubKey: encodeKey(pair.public), privKey: encodeKey(pair.private) }
}

function indexOf(
  baseKeyType: Session['indexInfo']['baseKeyType'],
  { baseKey, identityKey, now }: { baseKey: Buffer; identityKey: Buffer; now: number },
): Session['indexInfo'] {
  return {
    baseKey: encodeKey(baseKey),
    baseKeyType,
    closed: -1,
    used: now,
    created: now,
    remoteIdentityKey: encodeKey(identityKey),
  }
}
