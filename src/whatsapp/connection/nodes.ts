import { getBinaryNodeChild } from '@whiskeysockets/baileys'
import type { BinaryNode } from '@whiskeysockets/baileys'

/** Returns a node's content as bytes; the encoder may have packed a short one as a string. */
export function bytesOf(node: BinaryNode | undefined): Buffer | undefined {
  const content = node?.content
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof Uint8Array ? Buffer.from(content) : undefined
}

/** Returns the content of a child as bytes. */
export function childBytes(node: BinaryNode, tag: string): Buffer | undefined {
  return bytesOf(getBinaryNodeChild(node, tag))
}
