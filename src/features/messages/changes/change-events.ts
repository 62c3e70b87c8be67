import type { EventDraft } from '../../../core/events.ts'
import type { Trx } from '../../../db/tables.ts'
import { appendEvent } from '../../events/records.ts'
import type { AccountId } from '../../../core/ids.ts'
import type { IncomingChange } from '../../../core/messages/incoming.ts'

/** Holds the facts of a completed change that its event needs. */
interface MadeChange {
  accountId: AccountId
  incoming: IncomingChange
  chat: { id: number }
  now: Date
}

type ChangeEvent = Pick<
  Extract<EventDraft, { name: `message.${'reaction' | 'edited' | 'deleted' | 'voted' | 'answered'}` }>,
  'name' | 'data'
>

/** Names the author of a reaction, vote or answer for its event. */
export function doneBy(
  { incoming: { fromMe } }: Pick<MadeChange, 'incoming'>,
  person: string,
): { fromMe: boolean; by: string | null } {
  return { fromMe, by: person.includes('@') && !fromMe ? person : null }
}

/** Appends the event of a change made now; changes from the history have none. */
export async function reportChange(
  trx: Trx,
  { accountId, incoming, chat, now }: MadeChange,
  event: ChangeEvent,
): Promise<void> {
  if (incoming.origin === 'history') return
  await appendEvent(trx, { ...event, accountId, chatId: chat.id } as EventDraft, now)
}
