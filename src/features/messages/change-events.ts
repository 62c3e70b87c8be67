import type { EventDraft } from '../../core/events.ts'
import type { Trx } from '../../db/tables.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { AccountId } from '../../core/ids.ts'
import type { IncomingChange } from './incoming.ts'

/** A change that was made, as far as its event needs it. */
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

/** Says who reacted, voted or answered, as the event of it does. */
export function doneBy(
  { incoming: { fromMe } }: Pick<MadeChange, 'incoming'>,
  person: string,
): { fromMe: boolean; by: string | null } {
  return { fromMe, by: person.includes('@') && !fromMe ? person : null }
}

/** Appends the event of a change that was made now; changes out of the history have none. */
export async function reportChange(
  trx: Trx,
  { accountId, incoming, chat, now }: MadeChange,
  event: ChangeEvent,
): Promise<void> {
  if (incoming.origin === 'history') return
  await appendEvent(trx, { ...event, accountId, chatId: chat.id } as EventDraft, now)
}
