import { inflateSync } from 'node:zlib'
import { encodeBinaryNode, type BinaryNode } from '@whiskeysockets/baileys'
import * as tokens from '@whiskeysockets/baileys/lib/WABinary/constants.js'
import { decodeDecompressedBinaryNode } from '@whiskeysockets/baileys/lib/WABinary/decode.js'

export type { BinaryNode } from '@whiskeysockets/baileys'
export type Attributes = Record<string, string | undefined>

/** The server itself: a jid with an empty user. */
export const serverJid = '@s.whatsapp.net'

/** Undefined attributes are left out; numbers must be strings already, the encoder drops anything else. */
export function node(tag: string, attributes: Attributes = {}, content?: BinaryNode['content']): BinaryNode {
  const attrs: Record<string, string> = {}
  for (const name in attributes) {
    const value = attributes[name]
    if (value !== undefined) attrs[name] = value
  }
  return content === undefined ? { tag, attrs } : { tag, attrs, content }
}

export function children(parent: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (!Array.isArray(parent?.content)) return []
  return tag === undefined ? parent.content : parent.content.filter((item) => item.tag === tag)
}

export function child(parent: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return Array.isArray(parent?.content) ? parent.content.find((item) => item.tag === tag) : undefined
}

/** Content as bytes. A short text may have been packed as a string on the wire. */
export function bytesOf(item: BinaryNode | undefined): Buffer | undefined {
  const content = item?.content
  if (typeof content === 'string') return Buffer.from(content)
  if (content instanceof Uint8Array)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return undefined
}

export function textOf(item: BinaryNode | undefined): string | undefined {
  return bytesOf(item)?.toString('utf8')
}

export function bigEndian(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, 0, length)
  return bytes
}

export function encodeNode(item: BinaryNode): Buffer {
  return encodeBinaryNode(item)
}

/** The first byte is a flag: bit 1 says that the rest is deflated. */
export function decodeNode(plaintext: Buffer): BinaryNode {
  const deflated = ((plaintext[0] ?? 0) & 2) !== 0
  const body = deflated ? inflateSync(plaintext.subarray(1)) : plaintext.subarray(1)
  return decodeDecompressedBinaryNode(body, tokens)
}

export function seconds(atMs: number = Date.now()): string {
  return Math.floor(atMs / 1000).toString()
}
