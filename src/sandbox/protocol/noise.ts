import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { introHeader } from './frames.ts'
import { agree, newKeyPair, type KeyPair } from './keys.ts'

/** Padded to the 32 bytes of a hash, as the Noise framework demands (revision 34, section 5.2). */
const protocolName = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0')
const tagLength = 16
const nothing = Buffer.alloc(0)

/** Holds the result of the handshake's third message. */
export interface HandshakeResult {
  readonly clientStatic: Buffer
  readonly payload: proto.ClientPayload
  readonly transport: Transport
}

/** Runs the server's side of Noise XX (noiseprotocol.org, section 7.5), as WhatsApp uses it. Any false MAC throws. */
export class ServerHandshake {
  #hash: Buffer = protocolName
  #salt: Buffer = protocolName
  #key: Buffer = protocolName
  #counter = 0
  readonly #static: KeyPair
  readonly #ephemeral = newKeyPair()

  constructor(staticKeys: KeyPair) {
    this.#static = staticKeys
    this.#mixHash(introHeader)
  }

  /** Reads the client's hello and returns the server's, which carries the certificate chain. */
  hello(frame: Buffer, certificates: Buffer): Buffer {
    const { clientHello } = proto.HandshakeMessage.decode(frame)
    const clientEphemeral = required(clientHello?.ephemeral)
    this.#mixHash(clientEphemeral)
    this.#mixHash(this.#ephemeral.public)
    this.#mixKey(agree(this.#ephemeral.private, clientEphemeral))
    const staticKey = this.#encrypt(this.#static.public)
    this.#mixKey(agree(this.#static.private, clientEphemeral))
    const payload = this.#encrypt(certificates)
    const serverHello = { ephemeral: this.#ephemeral.public, static: staticKey, payload }
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish())
  }

  finish(frame: Buffer): HandshakeResult {
    const { clientFinish } = proto.HandshakeMessage.decode(frame)
    const clientStatic = this.#decrypt(required(clientFinish?.static))
    this.#mixKey(agree(this.#ephemeral.private, clientStatic))
    const payload = proto.ClientPayload.decode(this.#decrypt(required(clientFinish?.payload)))
    const [fromClient, toClient] = derive(nothing, this.#salt)
    return { clientStatic, payload, transport: new Transport(fromClient, toClient) }
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest()
  }

  #mixKey(secret: Buffer): void {
    const [salt, key] = derive(secret, this.#salt)
    this.#salt = salt
    this.#key = key
    this.#counter = 0
  }

  #encrypt(plaintext: Buffer): Buffer {
    const ciphertext = seal(plaintext, this.#key, nonce(this.#counter++), this.#hash)
    this.#mixHash(ciphertext)
    return ciphertext
  }

  #decrypt(ciphertext: Buffer): Buffer {
    const plaintext = open(ciphertext, this.#key, nonce(this.#counter++), this.#hash)
    this.#mixHash(ciphertext)
    return plaintext
  }
}

/** Holds the two ciphers of an established connection, each with its own counter. */
export class Transport {
  readonly #incoming: Buffer
  readonly #outgoing: Buffer
  #received = 0
  #sent = 0

  constructor(incoming: Buffer, outgoing: Buffer) {
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  encrypt(plaintext: Buffer): Buffer {
    return seal(plaintext, this.#outgoing, nonce(this.#sent++), nothing)
  }

  decrypt(ciphertext: Buffer): Buffer {
    return open(ciphertext, this.#incoming, nonce(this.#received++), nothing)
  }
}

function derive(secret: Buffer, salt: Buffer): [Buffer, Buffer] {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, nothing, 64))
  return [bytes.subarray(0, 32), bytes.subarray(32)]
}

function nonce(counter: number): Buffer {
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(counter, 8)
  return iv
}

function seal(plaintext: Buffer, key: Buffer, iv: Buffer, associated: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(associated)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function open(ciphertext: Buffer, key: Buffer, iv: Buffer, associated: Buffer): Buffer {
  const end = ciphertext.length - tagLength
  if (end < 0) throw new Error('Ciphertext too short')
  const decipher = createDecipheriv('aes-256-gcm', key, iv)
  decipher.setAAD(associated)
  decipher.setAuthTag(ciphertext.subarray(end))
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()])
}

function required(bytes: Uint8Array | null | undefined): Buffer {
  if (!bytes?.length) throw new Error('Incomplete handshake message')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
