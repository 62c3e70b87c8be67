import { randomBytes, randomInt } from 'node:crypto'
import { generateKeyPair, isSigned, sign, typedKey } from './curve.ts'
import { decryptBytes, deriveGroupKeys, encryptBytes, stepChain } from './derive.ts'
import { decodeKey, encodeKey, isObject, parseStored } from './stored-form.ts'
import {
  decodeDistribution,
  decodeSenderKeyMessage,
  encodeDistribution,
  encodeSenderKeyMessage,
} from './wire.ts'

/** One key of a member for a group. Keys are base64. */
interface SenderKey {
  readonly id: number
  /** The next message's number and chain key. */
  readonly chain: ChainKey
  /** 33 bytes. */
  readonly signingKey: string
  /** Undefined: another device's key. */
  readonly privateKey?: string
  /** Seeds of messages that were skipped, the oldest first. */
  readonly skipped: readonly ChainKey[]
}

interface ChainKey {
  readonly iteration: number
  readonly seed: string
}

/** Holds a member's keys for a group, the newest last. Like sessions, they are never changed in place. */
export type SenderKeyRecord = readonly SenderKey[]

/** Keys that a record keeps per member, as Baileys does (lib/Signal/Group/sender-key-record.js). */
const maxKeys = 5
/**
 * Messages that a chain may skip at once, and skipped keys that are kept, as in Baileys 7.0.0-rc14 (lib/Signal/Group:
 * group_cipher.js, sender-key-state.js).
 */
const maxSkipped = 2000
const signatureBytes = 64

/**
 * Reads a stored record, which is JSON as Baileys 7.0.0-rc14 writes it (lib/Signal/Group/sender-key-state.js). Keys that are
 * damaged are left out.
 */
export function readSenderKeys(stored: string | Uint8Array): SenderKeyRecord {
  const states = parseStored(stored)
  return Array.isArray(states) ? states.flatMap(readState) : []
}

/** Encodes a record for the store. Baileys reads this form, too. */
export function encodeSenderKeys(record: SenderKeyRecord): Buffer {
  const states = record.map(({ id, chain, signingKey, privateKey = '', skipped }) => ({
    senderKeyId: id,
    senderChainKey: savedChain(chain),
    senderSigningKey: { public: saved(signingKey), private: saved(privateKey) },
    senderMessageKeys: skipped.map(savedChain),
  }))
  return Buffer.from(JSON.stringify(states))
}

/** Makes a key of our own for a group. */
export function newSenderKey(): SenderKeyRecord {
  const pair = generateKeyPair()
  const key: SenderKey = {
    id: randomInt(2 ** 31 - 1),
    chain: { iteration: 0, seed: encodeKey(randomBytes(32)) },
    signingKey: encodeKey(pair.public),
    privateKey: encodeKey(pair.private),
    skipped: [],
  }
  return [key]
}

/** Returns our key for the other members: it reads messages from the next one on. @throws Error without key */
export function distributionOf(record: SenderKeyRecord): Buffer {
  const { id, chain, signingKey } = newest(record)
  return encodeDistribution({
    id,
    iteration: chain.iteration,
    chainKey: decodeKey(chain.seed),
    signingKey: decodeKey(signingKey),
  })
}

/** Encrypts with our key. @throws Error without key */
export function encryptForGroup(
  record: SenderKeyRecord,
  plaintext: Uint8Array,
): { record: SenderKeyRecord; ciphertext: Buffer } {
  const key = newest(record)
  if (key.privateKey === undefined) throw new Error('No session to encrypt message')
  const { seed, next } = stepChain(decodeKey(key.chain.seed))
  const { iteration } = key.chain
  const body = encodeSenderKeyMessage({
    id: key.id,
    iteration,
    ciphertext: encryptBytes(deriveGroupKeys(seed), plaintext),
  })
  const chain = { iteration: iteration + 1, seed: encodeKey(next) }
  return {
    record: replaced(record, key, { ...key, chain }),
    ciphertext: Buffer.concat([body, sign(decodeKey(key.privateKey), body)]),
  }
}

/**
 * Takes in another device's key. A stored one stays: it reads at least as much, since its chain began earlier.
 * @throws Error for a malformed message
 */
export function acceptSenderKey(
  record: SenderKeyRecord | undefined,
  distribution: Uint8Array,
): SenderKeyRecord {
  const { id, iteration, chainKey, signingKey } = decodeDistribution(Buffer.from(distribution))
  const publicKey = encodeKey(typedKey(signingKey))
  const keys = record ?? []
  const known = keys.find((key) => key.id === id && key.signingKey === publicKey)
  const key = known ?? {
    id,
    chain: { iteration, seed: encodeKey(chainKey) },
    signingKey: publicKey,
    skipped: [],
  }
  return [...keys.filter((each) => each !== known), key].slice(-maxKeys)
}

/** Decrypts a member's message. @throws Error if no key fits, or it was read before */
export function decryptFromGroup(
  record: SenderKeyRecord | undefined,
  message: Buffer,
): { record: SenderKeyRecord; plaintext: Buffer } {
  const body = message.subarray(0, -signatureBytes)
  const signature = message.subarray(-signatureBytes)
  const { id, iteration, ciphertext } = decodeSenderKeyMessage(body)
  const keys = (record ?? []).filter((key) => key.id === id)
  if (record === undefined || keys.length === 0) throw new Error('No session found to decrypt message')
  const key = keys.findLast(({ signingKey }) => isSigned(decodeKey(signingKey), body, signature))
  if (!key) throw new Error('Invalid signature!')
  const { seed, after } = seedOf(key, iteration)
  const plaintext = decryptBytes(deriveGroupKeys(seed), ciphertext)
  return { record: replaced(record, key, after), plaintext }
}

function seedOf(key: SenderKey, iteration: number): { seed: Buffer; after: SenderKey } {
  const { chain, skipped } = key
  if (iteration < chain.iteration) {
    const late = skipped.find((each) => each.iteration === iteration)
    if (!late) throw new Error(`Received message with old counter: ${chain.iteration}, ${iteration}`)
    return { seed: decodeKey(late.seed), after: { ...key, skipped: skipped.filter((each) => each !== late) } }
  }
  if (iteration - chain.iteration > maxSkipped) throw new Error('Over 2000 messages into the future!')
  const made: ChainKey[] = []
  let step = stepChain(decodeKey(chain.seed))
  for (let n = chain.iteration; n < iteration; n++) {
    made.push({ iteration: n, seed: encodeKey(step.seed) })
    step = stepChain(step.next)
  }
  const next = { iteration: iteration + 1, seed: encodeKey(step.next) }
  const all = made.length === 0 ? skipped : [...skipped, ...made].slice(-maxSkipped)
  return { seed: step.seed, after: { ...key, chain: next, skipped: all } }
}

function newest(record: SenderKeyRecord): SenderKey {
  const key = record.at(-1)
  if (!key) throw new Error('No session to encrypt message')
  return key
}

function replaced(record: SenderKeyRecord, key: SenderKey, next: SenderKey): SenderKeyRecord {
  return record.map((each) => (each === key ? next : each))
}

function saved(key: string): object {
  return { type: 'Buffer', data: key }
}

function savedChain({ iteration, seed }: ChainKey): object {
  return { iteration, seed: saved(seed) }
}

function readState(state: unknown): SenderKey[] {
  if (!isObject(state) || !isObject(state['senderSigningKey'])) return []
  const { senderKeyId: id, senderSigningKey: signing, senderMessageKeys: skipped } = state
  const chain = readChain(state['senderChainKey'])
  const [publicKey, privateKey] = [readBytes(signing['public']), readBytes(signing['private'])]
  const isPublic = publicKey !== undefined && (publicKey.length === 32 || publicKey.length === 33)
  if (typeof id !== 'number' || !chain || !isPublic) return []
  const signingKey = encodeKey(typedKey(publicKey))
  // Baileys also notes every key that we skip ourselves: they are never needed, and they make the record long.
  if (privateKey?.length === 32) {
    return [{ id, chain, signingKey, privateKey: encodeKey(privateKey), skipped: [] }]
  }
  const keys = Array.isArray(skipped) ? skipped.flatMap((each) => readChain(each) ?? []) : []
  return [{ id, chain, signingKey, skipped: keys }]
}

function readChain(chain: unknown): ChainKey | undefined {
  if (!isObject(chain)) return undefined
  const { iteration } = chain
  const seed = readBytes(chain['seed'])
  return typeof iteration === 'number' && seed?.length === 32
    ? { iteration, seed: encodeKey(seed) }
    : undefined
}

/** Reads bytes in each form that JSON gives them: base64 or a list of numbers within an object. */
function readBytes(value: unknown): Buffer | undefined {
  const data = isObject(value) && value['type'] === 'Buffer' ? value['data'] : value
  if (typeof data === 'string') return decodeKey(data)
  if (!isObject(data)) return undefined
  const numbers = Object.values(data)
  return numbers.every((each) => typeof each === 'number') ? Buffer.from(numbers) : undefined
}
