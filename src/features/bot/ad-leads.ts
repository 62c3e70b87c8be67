import type { AccountId } from '../../core/ids.ts'
import type { IncomingMessage } from '../messages/incoming.ts'
import { insertLead } from './queries/catalogue.ts'
import type { ChatSeen } from '../contacts/queries/chat-addresses.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Trx } from '../../db/tables.ts'

/** Records a lead for a person who tapped an advertisement and wrote nothing: there are no words to answer. */
export async function noteAdLead(
  trx: Trx,
  { accountId, chat }: { accountId: AccountId; chat: Pick<ChatSeen, 'id' | 'customerId'> },
  { text, details }: Pick<IncomingMessage, 'text' | 'details'>,
  at: Date,
): Promise<void> {
  const { ad } = details ?? {}
  if (!ad || text.trim() !== '' || chat.customerId === null) return
  const { id: chatId, customerId } = chat
  const name = ad.title || ad.body.slice(0, 200) || ad.sourceUrl || ad.sourceId
  const interest = `Tapped an advertisement and wrote nothing: ${name}`.slice(0, 500)
  const leadId = await insertLead(trx, { accountId, chatId, customerId, productId: null, interest, at })
  await appendEvent(trx, { name: 'lead.created', accountId, chatId, data: { leadId, chatId } }, at)
}
