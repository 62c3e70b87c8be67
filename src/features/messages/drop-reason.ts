import type { ChatKind } from '../../core/chat-address.ts'
import type { BatchPeople } from '../contacts/batch-people.ts'
import type { IncomingChange, IncomingMessage } from '../../core/messages/incoming.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'

/** Kinds of chats that are not kept. */
export type IgnoredKinds = ReadonlySet<ChatKind>

/** Tells why a message is dropped; undefined if it is kept. */
export async function whyDropped(
  { chat, sentAt: at, origin }: IncomingMessage,
  { erased }: BatchPeople,
  ignored: IgnoredKinds,
): Promise<UnkeptReason | undefined> {
  if (ignored.has(chat.kind)) return 'switched_off'
  return (await erased?.includes(chat, { at, origin })) ? 'erased' : undefined
}

/** Whether a change is dropped, and why; else whether it may wait for its message. */
export type ChangeFate = { dropped: UnkeptReason } | { waits: boolean }

/** Decides whether a change is kept. */
export async function fateOfChange(
  change: IncomingChange,
  { erased }: BatchPeople,
  ignored: IgnoredKinds,
): Promise<ChangeFate> {
  const fate = (await erased?.decideForErased(change)) ?? 'any'
  if (fate === 'never') return { dropped: 'erased' }
  return ignored.has(change.chat.kind) ? { dropped: 'switched_off' } : { waits: fate === 'any' }
}
