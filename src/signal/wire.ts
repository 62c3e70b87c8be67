/** The fields of a message as protobuf numbers them. */
type Fields = Map<number, number | Buffer>

/** The version byte of every Signal message: version 3, oldest version 3. */
export const versionByte = 0x33
const version = 3

/** Holds a message within a session. */
export interface WhisperMessage {
  readonly ephemeralKey: Buffer
  readonly counter: number
  readonly previousCounter: number
  readonly ciphertext: Buffer
}

/** Holds the first messages of a session: the keys that begin it and the message in it. */
export interface PreKeyMessage {
  /** Undefined where the sender had no one-time pre-key of ours. */
  readonly preKeyId: number | undefined
  readonly signedPreKeyId: number
  readonly registrationId: number
  readonly baseKey: Buffer
  readonly identityKey: Buffer
  /** A whole WhisperMessage, with version byte and MAC. */
  readonly message: Buffer
}

/** Holds a message to a group. */
export interface SenderKeyMessage {
  readonly id: number
  readonly iteration: number
  readonly ciphertext: Buffer
}

/** Holds a member's key for a group, for the other members. */
export interface Distribution {
  readonly id: number
  readonly iteration: number
  readonly chainKey: Buffer
  readonly signingKey: Buffer
}

/*
 * Field numbers as in the protobufs of libsignal 6.0.0 (src/WhisperTextProtocol.js) and Baileys 7.0.0-rc14 (WAProto). Written by
 * hand: four messages of numbers and bytes, whose lengths are checked as they are read.
 */

/** Encodes a WhisperMessage without version byte and MAC. */
export function encodeWhisper(message: WhisperMessage): Buffer {
  return encode([
    [1, message.ephemeralKey],
    [2, message.counter],
    [3, message.previousCounter],
    [4, message.ciphertext],
  ])
}

/** Decodes a WhisperMessage without version byte and MAC. @throws Error if malformed */
export function decodeWhisper(bytes: Buffer): WhisperMessage {
  const fields = decode(bytes)
  return {
    ephemeralKey: bytesIn(fields, 1),
    counter: numberIn(fields, 2),
    previousCounter: numberIn(fields, 3),
    ciphertext: bytesIn(fields, 4),
  }
}

/** Encodes a PreKeyWhisperMessage with its version byte. */
export function encodePreKey(message: PreKeyMessage): Buffer {
  const { preKeyId } = message
  const preKey: Field[] = preKeyId === undefined ? [] : [[1, preKeyId]]
  return versioned([
    ...preKey,
    [2, message.baseKey],
    [3, message.identityKey],
    [4, message.message],
    [5, message.registrationId],
    [6, message.signedPreKeyId],
  ])
}

/** Decodes a PreKeyWhisperMessage. @throws Error if malformed, or of another version */
export function decodePreKey(bytes: Buffer): PreKeyMessage {
  const fields = decode(unversioned(bytes, 'PreKeyWhisperMessage'))
  const preKeyId = numberIn(fields, 1)
  return {
    // Some clients write 0 where they had none.
    preKeyId: preKeyId === 0 ? undefined : preKeyId,
    baseKey: bytesIn(fields, 2),
    identityKey: bytesIn(fields, 3),
    message: bytesIn(fields, 4),
    registrationId: numberIn(fields, 5),
    signedPreKeyId: numberIn(fields, 6),
  }
}

/** Encodes a SenderKeyMessage with its version byte, without signature. */
export function encodeSenderKeyMessage(message: SenderKeyMessage): Buffer {
  return versioned([
    [1, message.id],
    [2, message.iteration],
    [3, message.ciphertext],
  ])
}

/** Decodes a SenderKeyMessage without signature. @throws Error if malformed, or of another version */
export function decodeSenderKeyMessage(bytes: Buffer): SenderKeyMessage {
  const fields = decode(unversioned(bytes, 'SenderKeyMessage'))
  return { id: numberIn(fields, 1), iteration: numberIn(fields, 2), ciphertext: bytesIn(fields, 3) }
}

/** Encodes a SenderKeyDistributionMessage with its version byte. */
export function encodeDistribution(message: Distribution): Buffer {
  return versioned([
    [1, message.id],
    [2, message.iteration],
    [3, message.chainKey],
    [4, message.signingKey],
  ])
}

/** Decodes a SenderKeyDistributionMessage. @throws Error if malformed, or of another version */
export function decodeDistribution(bytes: Buffer): Distribution {
  const fields = decode(unversioned(bytes, 'SenderKeyDistributionMessage'))
  return {
    id: numberIn(fields, 1),
    iteration: numberIn(fields, 2),
    chainKey: bytesIn(fields, 3),
    signingKey: bytesIn(fields, 4),
  }
}

/** Returns a message without its version byte. @throws Error for a version that we cannot read */
export function unversioned(bytes: Buffer, name: string): Buffer {
  const first = bytes[0] ?? 0
  if ((first & 0xf) > version || first >> 4 < version) {
    throw new Error(`Incompatible version number on ${name}`)
  }
  return bytes.subarray(1)
}

type Field = [field: number, value: number | Buffer]

const varint = 0
const lengthDelimited = 2
const maxVarintBytes = 10

function versioned(fields: readonly Field[]): Buffer {
  return Buffer.concat([Buffer.from([versionByte]), encode(fields)])
}

function encode(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = []
  for (const [field, value] of fields) {
    const isNumber = typeof value === 'number'
    const head = [(field << 3) | (isNumber ? varint : lengthDelimited)]
    pushVarint(head, isNumber ? value : value.length)
    parts.push(Buffer.from(head))
    if (!isNumber) parts.push(value)
  }
  return Buffer.concat(parts)
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value >>> 0
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
}

/** Reads fields of numbers and bytes; the last of several with one number counts. @throws Error for other bytes */
function decode(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  const at = { position: 0 }
  while (at.position < bytes.length) {
    const tag = readVarint(bytes, at)
    const field = tag >>> 3
    const type = tag & 7
    if (type === varint) fields.set(field, readVarint(bytes, at))
    else if (type === lengthDelimited) fields.set(field, readBytes(bytes, at))
    else throw new Error(`a protobuf field has the unknown type ${type}`)
  }
  return fields
}

/** Reads 32 bits; the bits of longer numbers above them are dropped, as protobuf does. */
function readVarint(bytes: Buffer, at: { position: number }): number {
  let value = 0
  for (let n = 0; n < maxVarintBytes; n++) {
    const byte = bytes[at.position++]
    if (byte === undefined) throw new Error('the protobuf ends early')
    if (n < 5) value |= (byte & 0x7f) << (7 * n)
    if (byte < 0x80) return value >>> 0
  }
  throw new Error('a protobuf number does not end')
}

function readBytes(bytes: Buffer, at: { position: number }): Buffer {
  const length = readVarint(bytes, at)
  const end = at.position + length
  if (end > bytes.length) throw new Error('the protobuf ends early')
  const part = bytes.subarray(at.position, end)
  at.position = end
  return part
}

function bytesIn(fields: Fields, field: number): Buffer {
  const value = fields.get(field)
  if (value instanceof Uint8Array) return value
  throw new Error(`the Signal message lacks field ${field}`)
}

/** Returns a number; 0 where the field is left out, as protobuf has it. */
function numberIn(fields: Fields, field: number): number {
  const value = fields.get(field) ?? 0
  if (typeof value === 'number') return value
  throw new Error(`field ${field} of the Signal message is not a number`)
}
