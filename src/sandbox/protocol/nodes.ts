import { inflateSync } from 'node:zlib'
import { encodeBinaryNode, type BinaryNode } from '@whiskeysockets/baileys'
import * as tokens from '@whiskeysockets/baileys/lib/WABinary/constants.js'
import { decodeDecompressedBinaryNode } from '@whiskeysockets/baileys/lib/WABinary/decode.js'

export type { BinaryNode } from '@whiskeysockets/baileys'
/** Attributes of a stanza; undefined ones are left out. */
export type Attributes = Record<string, string | undefined>

/** The server's jid: an empty user. */
export const serverJid = '@s.whatsapp.net'

/** Builds a node without undefined attributes. Numbers must be strings already: the encoder drops anything else. */
export function node(tag: string, attributes: Attributes = {}, content?: BinaryNode['content']): BinaryNode {
  const attrs: Record<string, string> = {}
  for (const name in attributes) {
    const value = attributes[name]
    if (value !== undefined) attrs[name] = value
  }
  return content === undefined ? { tag, attrs } : { tag, attrs, content }
}

/** Returns the children of a node, all or those with a tag. */
export function children(parent: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (!Array.isArray(parent?.content)) return []
  return tag === undefined ? parent.content : parent.content.filter((item) => item.tag === tag)
}

/** Finds the first child with a tag. */
export function child(parent: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return Array.isArray(parent?.content) ? parent.content.find((item) => item.tag === tag) : undefined
}

/** Returns the content as bytes. The encoder may have packed a short text as a string. */
export function bytesOf(item: BinaryNode | undefined): Buffer | undefined {
  const content = item?.content
  if (typeof content === 'string') return Buffer.from(content)
  if (content instanceof Uint8Array)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return undefined
}

/** Returns the content as text. */
export function textOf(item: BinaryNode | undefined): string | undefined {
  return bytesOf(item)?.toString('utf8')
}

/** Encodes a number in `length` bytes, most significant first. */
export function bigEndian(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, 0, length)
  return bytes
}

/** Encodes a node in WhatsApp's binary format. */
export function encodeNode(item: BinaryNode): Buffer {
  return encodeBinaryNode(item)
}

/** Decodes a node. The first byte is a flag: bit 1 says that the rest is deflated. */
export function decodeNode(plaintext: Buffer): BinaryNode {
  const deflated = ((plaintext[0] ?? 0) & 2) !== 0
  const body = deflated ? inflateSync(plaintext.subarray(1)) : plaintext.subarray(1)
  return decodeDecompressedBinaryNode(body, tokens)
}

/** Returns a time as a string of Unix seconds, as attributes hold it. */
export function seconds(atMs: number = Date.now()): string {
  return Math.floor(atMs / 1000).toString()
}
