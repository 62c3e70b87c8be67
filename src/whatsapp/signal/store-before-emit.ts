import type { BinaryNode, WASocket } from '@whiskeysockets/baileys'
import { takeHandlers } from '../baileys-internals.ts'

/**
 * Runs `store` before the library's own handlers of a stanza, which acknowledge at their end: the stanza's data are
 * on disk before WhatsApp learns that it arrived. If storing fails, it is not acknowledged, and WhatsApp delivers it
 * again. Undefined: nothing to store.
 */
export function storeFirst(
  ws: WASocket['ws'],
  event: `CB:${string}`,
  store: (node: BinaryNode) => Promise<void> | undefined,
  fault: (error: unknown) => void,
): void {
  const handlers = takeHandlers(ws, event)
  const passOn = (node: BinaryNode) => handlers.forEach((handle) => handle(node))
  ws.on(event, (node: BinaryNode) => {
    const stored = store(node)
    if (stored) stored.then(() => passOn(node)).catch(fault)
    else passOn(node)
  })
}
