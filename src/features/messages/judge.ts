import type { ChatKind } from '../../core/chat-address.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import type { Incoming, IncomingChange, IncomingMessage } from '../../core/messages/incoming.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'

/** Kinds of chats that are not kept. */
export type IgnoredKinds = ReadonlySet<ChatKind>

/** Says whether a message or change is dropped for a reason, or kept; a change may wait for its message or not. */
export type Verdict =
  | { kind: 'dropped'; reason: UnkeptReason }
  | { kind: 'message'; message: IncomingMessage }
  | { kind: 'change'; change: IncomingChange; waits: boolean }

/** Decides whether a message or change is kept: not in ignored chats, and nothing of erased people. */
export async function judge(
  incoming: Incoming,
  { erased }: BatchPeople,
  ignored: IgnoredKinds,
): Promise<Verdict> {
  const isIgnored = ignored.has(incoming.chat.kind)
  if ('change' in incoming) {
    const fate = (await erased?.decideForErased(incoming)) ?? 'any'
    if (fate === 'never') return { kind: 'dropped', reason: 'erased' }
    if (isIgnored) return { kind: 'dropped', reason: 'switched_off' }
    return { kind: 'change', change: incoming, waits: fate === 'any' }
  }
  if (isIgnored) return { kind: 'dropped', reason: 'switched_off' }
  const { chat, sentAt: at, origin } = incoming
  if (await erased?.includes(chat, { at, origin })) return { kind: 'dropped', reason: 'erased' }
  return { kind: 'message', message: incoming }
}
