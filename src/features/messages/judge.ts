import type { ChatKind } from '../../core/chat-address.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import type { Incoming, IncomingChange, IncomingMessage } from '../../core/messages/incoming.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'

/** Kinds of chats that are not kept. */
export type IgnoredKinds = ReadonlySet<ChatKind>

/**
 * Says whether a message or change is dropped for a reason, or kept. A change may wait for its message or not. An encrypted one
 * came in the `envelope` of a message, which is shown as unreadable where the change cannot be decrypted.
 */
export type Verdict =
  | { kind: 'dropped'; reason: UnkeptReason }
  | { kind: 'message'; message: IncomingMessage }
  | { kind: 'change'; change: IncomingChange; waits: boolean; envelope?: IncomingMessage }

/** Decides whether a message or change is kept: not in ignored chats, and nothing of erased people. */
export async function judge(
  incoming: Incoming,
  people: BatchPeople,
  ignored: IgnoredKinds,
): Promise<Verdict> {
  if ('change' in incoming) return judgeChange(incoming, people, ignored)
  const { chat, sentAt: at, origin, sealed } = incoming
  if (ignored.has(chat.kind)) return { kind: 'dropped', reason: 'switched_off' }
  if (await people.erased?.includes(chat, { at, origin })) return { kind: 'dropped', reason: 'erased' }
  if (!sealed) return { kind: 'message', message: incoming }
  const verdict = await judgeChange(sealed, people, ignored)
  return verdict.kind === 'change' ? { ...verdict, envelope: incoming } : verdict
}

async function judgeChange(
  change: IncomingChange,
  { erased }: BatchPeople,
  ignored: IgnoredKinds,
): Promise<Exclude<Verdict, { kind: 'message' }>> {
  const fate = (await erased?.decideForErased(change)) ?? 'any'
  if (fate === 'never') return { kind: 'dropped', reason: 'erased' }
  if (ignored.has(change.chat.kind)) return { kind: 'dropped', reason: 'switched_off' }
  return { kind: 'change', change, waits: fate === 'any' }
}
