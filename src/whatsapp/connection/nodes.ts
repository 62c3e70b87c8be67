import { getBinaryNodeChild } from '@whiskeysockets/baileys'
import type { BinaryNode } from '@whiskeysockets/baileys'

/** A node's content as bytes; short ones may have been packed as a string on the wire. */
export function bytesOf(node: BinaryNode | undefined): Buffer | undefined {
  const content = node?.content
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof Uint8Array ? Buffer.from(content) : undefined
}

export function childBytes(node: BinaryNode, tag: string): Buffer | undefined {
  return bytesOf(getBinaryNodeChild(node, tag))
}
